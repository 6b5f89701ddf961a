// Associations whose sentences mostly deny or hedge: read before you believe.
MATCH (a:Concept)-[r]->(b:Concept)
WHERE r.sentences >= 2 AND (r.negated * 2 > r.sentences OR r.hedged * 2 > r.sentences)
RETURN a.name AS source, b.name AS target, r.sentences AS sentences,
       r.negated AS negated, r.hedged AS hedged,
       [e IN r.evidence WHERE e ENDS WITH ', negated)' OR e ENDS WITH ', hedged)'] AS evidence
ORDER BY sentences DESC, source, target
LIMIT 25;
