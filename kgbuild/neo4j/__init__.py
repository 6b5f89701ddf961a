"""The graph in Neo4j: schema, loading, reading back, a server of one's own."""
