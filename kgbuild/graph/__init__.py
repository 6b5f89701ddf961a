"""Associations between concepts, and the knowledge graph that they make.

``build_graph`` counts what documents or tables name together and returns a
:class:`KnowledgeGraph`: two tables, with ways to look at them, to networkx, to files
and to Neo4j (:mod:`kgbuild.neo4j.store`). :class:`GraphBuilder` does the same bit by
bit; :func:`find_problems` says what is wrong with a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.lazy import lazy

if TYPE_CHECKING:
    from kgbuild.graph.builder import Added, GraphBuilder
    from kgbuild.graph.building import build_graph
    from kgbuild.graph.generic import generic_concepts
    from kgbuild.graph.model import KnowledgeGraph
    from kgbuild.graph.rollup import Tree, read_mesh_tree
    from kgbuild.graph.validation import Problem, find_problems, require_sound

__all__ = [
    "Added",
    "GraphBuilder",
    "KnowledgeGraph",
    "Problem",
    "Tree",
    "build_graph",
    "find_problems",
    "generic_concepts",
    "read_mesh_tree",
    "require_sound",
]

#: A run's settings need none of them, nor pyarrow, which takes a tenth of a second.
__getattr__ = lazy(
    __name__,
    {
        "Added": "kgbuild.graph.builder",
        "GraphBuilder": "kgbuild.graph.builder",
        "KnowledgeGraph": "kgbuild.graph.model",
        "Problem": "kgbuild.graph.validation",
        "Tree": "kgbuild.graph.rollup",
        "build_graph": "kgbuild.graph.building",
        "find_problems": "kgbuild.graph.validation",
        "generic_concepts": "kgbuild.graph.generic",
        "read_mesh_tree": "kgbuild.graph.rollup",
        "require_sound": "kgbuild.graph.validation",
    },
)
