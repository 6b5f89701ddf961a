// Documents that mention both of two concepts (after `kgbuild neo4j load --documents`).
// :param a => 'mesh:D002216'
// :param b => 'mesh:D006973'
MATCH (d:Document)-[:MENTIONS]->(:Concept {concept_id: $a})
MATCH (d)-[:MENTIONS]->(:Concept {concept_id: $b})
RETURN d.document_id AS document, d.title AS title, d.year AS year, d.journal AS journal
ORDER BY year DESC, document
LIMIT 50;
