"""Associations between concepts, and the knowledge graph that they make.

``build_graph`` counts what documents or tables name together and returns a
:class:`KnowledgeGraph`: two tables, with ways to look at them, to networkx, to files
and to Neo4j. :class:`GraphBuilder` does the same bit by bit.
"""

from __future__ import annotations

from kgbuild.graph.builder import Added, GraphBuilder, build_graph, generic_concepts
from kgbuild.graph.knowledge_graph import KnowledgeGraph

__all__ = [
    "Added",
    "GraphBuilder",
    "KnowledgeGraph",
    "build_graph",
    "generic_concepts",
]
