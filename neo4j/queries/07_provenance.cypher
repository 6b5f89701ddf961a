// Which versions of code, models and vocabularies are behind the associations?
MATCH (run:Run)
OPTIONAL MATCH (:Concept)-[r]->(:Concept) WHERE r.run = run.run_id
RETURN run.run_id AS run, count(r) AS associations, run.provenance AS provenance,
       run.settings AS settings, run.counts AS counts
ORDER BY associations DESC, run;
