// Which concepts have these words in a name or in what texts call them? (full-text
// index) What vocabularies call them besides ("heart attack"), Neo4jStore.search knows.
// :param words => 'heart failure'
CALL db.index.fulltext.queryNodes('kgbuild_concept_names', $words) YIELD node, score
RETURN node.concept_id AS id, node.name AS name, node.type AS type,
       node.documents AS documents, score
ORDER BY score DESC, documents DESC, id
LIMIT 10;
