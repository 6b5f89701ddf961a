// Drugs that are associated with a disease by at least two documents, with evidence.
// :param disease => 'hypertension'
MATCH (d:Disease) WHERE toLower(d.name) = toLower($disease)
MATCH (d)-[r]-(drug:Chemical)
WHERE r.documents >= 2 AND r.q_value <= 0.05
RETURN drug.name AS drug, r.documents AS documents, r.npmi AS npmi,
       r.evidence_documents[..3] AS evidence
ORDER BY documents DESC, npmi DESC, drug
LIMIT 25;
