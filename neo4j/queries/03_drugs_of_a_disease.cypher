// Drugs that are associated with a disease by at least two documents, with evidence.
// :param disease => 'hypertension'
MATCH (d:Disease) WHERE toLower(d.name) = toLower($disease)
MATCH (d)-[r]-(drug:Chemical)
WHERE r.documents >= 2
RETURN drug.name AS drug, r.score AS score, r.documents AS documents, r.q_value AS q,
       r.evidence[..3] AS evidence
ORDER BY score DESC, documents DESC, drug
LIMIT 25;
