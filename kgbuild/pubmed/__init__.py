"""PubMed and PMC through E-utilities: whole results, politely, once."""
