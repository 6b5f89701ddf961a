// Associations that were first reported lately and are reported again and again.
// :param since => 2010
MATCH (a:Concept)-[r]->(b:Concept)
WHERE r.first_year >= $since AND r.documents >= 2
RETURN a.name AS source, b.name AS target, r.first_year AS since,
       r.documents AS documents,
       [i IN range(0, size(r.years) - 1) | r.years[i] + ': ' + r.year_counts[i]] AS per_year
ORDER BY documents DESC, source, target
LIMIT 25;
