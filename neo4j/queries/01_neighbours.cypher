// What is a concept associated with, strongest first?
// :param name => 'captopril'
MATCH (c:Concept) WHERE toLower(c.name) = toLower($name)
MATCH (c)-[r:CO_MENTION]-(other:Concept)
RETURN other.name AS name, other.type AS type, r.score AS score,
       r.documents AS documents, r.npmi AS npmi, r.q_value AS q
ORDER BY score DESC, documents DESC, name
LIMIT 25;
