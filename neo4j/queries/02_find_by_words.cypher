// Which concepts have these words in a name, of texts or of vocabularies? (full-text index)
// :param words => 'heart attack'
// The words side by side count most.
CALL db.index.fulltext.queryNodes('kgbuild_concept_names', '"' + $words + '"^9 ' + $words)
YIELD node, score
RETURN node.concept_id AS id, node.name AS name, node.type AS type,
       node.documents AS documents, score
ORDER BY score DESC, documents DESC, id
LIMIT 10;
