// Swanson's ABC: concepts that link two which no text names together.
// :param a => 'mesh:D002216'
// :param c => 'mesh:D006947'
MATCH (a:Concept {concept_id: $a})-[ab]-(b:Concept)-[bc]-(c:Concept {concept_id: $c})
WHERE NOT EXISTS { (a)--(c) } AND a <> c
RETURN b.name AS through, b.type AS type, ab.npmi AS to_a, bc.npmi AS to_c,
       ab.documents AS documents_a, bc.documents AS documents_c
ORDER BY to_a + to_c DESC, through
LIMIT 20;
