"""Concept identifiers as CURIEs with Bioregistry's canonical prefixes.

A CURIE is ``prefix:local``, for example ``mesh:D001943`` or ``ncbigene:672``. Corpora
and tools write the same identifiers in many ways; :func:`to_curie` reads them all.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from kgbuild.entity_types import entity_types
from kgbuild.errors import ConfigError

#: prefix → (pattern of the local part, web page with ``{}`` for the local part)
_PREFIXES: dict[str, tuple[str, str | None]] = {
    "mesh": (r"[A-Z]\d+", "https://meshb.nlm.nih.gov/record/ui?ui={}"),
    "omim": (r"\d{6}", "https://omim.org/entry/{}"),
    "ncbigene": (r"\d+", "https://www.ncbi.nlm.nih.gov/gene/{}"),
    "ncbitaxon": (r"\d+", "https://www.ncbi.nlm.nih.gov/datasets/taxonomy/{}"),
    "cellosaurus": (r"CVCL_[A-Z0-9]{4}", "https://www.cellosaurus.org/{}"),
    "dbsnp": (r"rs\d+", "https://www.ncbi.nlm.nih.gov/snp/{}"),
    "chebi": (r"\d+", "https://www.ebi.ac.uk/chebi/searchId.do?chebiId=CHEBI:{}"),
    "drugbank": (r"DB\d{5}", "https://go.drugbank.com/drugs/{}"),
    "mondo": (r"\d{7}", "https://monarchinitiative.org/MONDO:{}"),
    "doid": (r"\d+", "https://disease-ontology.org/?id=DOID:{}"),
    "hp": (r"\d{7}", "https://hpo.jax.org/browse/term/HP:{}"),
    "cl": (r"\d{7}", "https://www.ebi.ac.uk/ols4/ontologies/cl/terms?obo_id=CL:{}"),
    "uberon": (
        r"\d{7}",
        "https://www.ebi.ac.uk/ols4/ontologies/uberon/terms?obo_id=UBERON:{}",
    ),
    "go": (r"\d{7}", "https://amigo.geneontology.org/amigo/term/GO:{}"),
    "so": (r"\d{7}", None),
    "uniprot": (r"[A-Z0-9]{6,10}", "https://www.uniprot.org/uniprotkb/{}"),
    "hgnc": (r"\d+", "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/{}"),
    "umls": (r"C\d{7}", "https://uts.nlm.nih.gov/uts/umls/concept/{}"),
    "cas": (r"\d{2,7}-\d\d-\d", "https://commonchemistry.cas.org/detail?cas_rn={}"),
    "mgi": (r"\d+", "https://www.informatics.jax.org/accession/MGI:{}"),
    "rgd": (r"\d+", "https://rgd.mcw.edu/rgdweb/report/gene/main.html?id={}"),
    "zfin": (r"ZDB-[A-Z]+-[\d-]+", "https://zfin.org/{}"),
    "refseq": (r"[NX][CGMPRTW]_\d+(\.\d+)?", None),
    # A variant that has no rs number: kgbuild's own, gene and tmVar normal form.
    "tmvar": (r".+", None),
    # Text nobody gave an identifier: only in one's own vocabularies.
    "kgbuild": (r".+", None),
}

_ALIASES = {
    "entrezgene": "ncbigene", "entrez": "ncbigene", "gene": "ncbigene",
    "ncbi gene": "ncbigene", "egid": "ncbigene", "ncbi_gene": "ncbigene",
    "geneid": "ncbigene",
    "entrez gene": "ncbigene", "gene id": "ncbigene",
    "taxid": "ncbitaxon", "taxon": "ncbitaxon", "taxonomy": "ncbitaxon",
    "ncbi": "ncbitaxon", "txid": "ncbitaxon", "ncbi taxonomy": "ncbitaxon",
    "tax": "ncbitaxon", "msh": "mesh", "mim": "omim", "omom": "omim",
    "cvcl": "cellosaurus",
    "rrid": "cellosaurus", "hpo": "hp", "rs#": "dbsnp", "snp": "dbsnp",
    "uniprotkb": "uniprot", "cui": "umls", "umls_cui": "umls", "casrn": "cas",
    "cas_rn": "cas",
}  # fmt: skip

#: kgbuild's own, whose local parts may be any text.
_OWN = frozenset({"tmvar", "kgbuild"})

#: What corpora write where annotators found no identifier.
NIL = frozenset({"", "-", "-1", "none", "null", "cui-less", "na", "n/a"})

_CURIE = re.compile(r"([A-Za-z][A-Za-z0-9_.]*):(\S.*)", re.DOTALL)
_OBO = re.compile(r"([A-Za-z]+)_(\d+)")
#: Local parts that are numbers, or whose letters are upper case.
_NUMBERS = frozenset({"ncbigene", "ncbitaxon", "chebi", "hgnc", "mgi", "rgd"})
_CAPITALS = frozenset({"mesh", "cellosaurus", "drugbank", "uniprot", "zfin"})
#: Resolvers: what follows is prefix and local part.
_RESOLVER = re.compile(
    r"(?:identifiers\.org|bioregistry\.io|n2t\.net)/([A-Za-z0-9_.]+)[:/](.+)"
)
#: How addresses of a concept's page begin, by whatever page and age → its prefix.
_SITES = tuple(
    (re.compile(site), prefix)
    for site, prefix in (
        (r"ncbi\.nlm\.nih\.gov/(?:datasets/)?gene\b", "ncbigene"),
        (r"ncbi\.nlm\.nih\.gov/(?:datasets/)?[Tt]axonomy\b", "ncbitaxon"),
        (r"ncbi\.nlm\.nih\.gov/(?:projects/)?(?:snp|SNP)\b", "dbsnp"),
        (r"(?:ncbi\.nlm\.nih\.gov|id\.nlm\.nih\.gov)/mesh\b", "mesh"),
        (r"meshb(?:-prev)?\.nlm\.nih\.gov/", "mesh"),
        (r"(?:www\.)?omim\.org/", "omim"),
        (r"(?:cellosaurus\.org|web\.expasy\.org/cellosaurus)/", "cellosaurus"),
        (r"ebi\.ac\.uk/chebi/", "chebi"),
        (r"(?:go\.)?drugbank\.(?:com|ca)/", "drugbank"),
        (r"monarchinitiative\.org/", "mondo"),
        (r"disease-ontology\.org/", "doid"),
        (r"hpo\.jax\.org/", "hp"),
        (r"amigo\.geneontology\.org/amigo/term/", "go"),
        (r"uniprot\.org/uniprot(?:kb)?/", "uniprot"),
        (r"genenames\.org/data/", "hgnc"),
        (r"uts\.nlm\.nih\.gov/", "umls"),
        (r"commonchemistry\.cas\.org/", "cas"),
        (r"informatics\.jax\.org/", "mgi"),
        (r"rgd\.mcw\.edu/", "rgd"),
        (r"zfin\.org/", "zfin"),
    )
)
_SCHEME = re.compile(r"<?(?:https?://)?(?:www\.)?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+/)")
#: An OBO concept's address, alone or within that of a browser: OLS, Ontobee.
_OBO_ADDRESS = re.compile(
    r"(?:purl\.obolibrary\.org/obo/|[?&]obo_id=)([A-Za-z]+[_:]\d+)\b"
)
#: What an identifier's value in an address is called.
_KEYS = frozenset({
    "acc", "cas_rn", "chebiid", "id", "iri", "list_uids", "obo_id", "rs", "term", "ui",
})  # fmt: skip
#: "MeSH D009101", "NCBI Gene ID: 1636", "OMIM #114480".
_WORDED = re.compile(r"([A-Za-z][A-Za-z_]*(?: [A-Za-z]+){0,2}?)[\s:#/_]+(\S+)")
#: "NCBI Gene:1636": a colon right behind words is no part of them.
_BEHIND_COLON = re.compile(r"([A-Za-z][A-Za-z_]*(?: [A-Za-z]+){1,2}):(\S+)")
#: What may be a word or the name of a gene with a number: "gene 33".
_NO_WORDS = frozenset({"gene", "ncbi", "so", "cl", "go", "tax"})


def to_curie(entity_type: str, identifier: str) -> str | None:
    """Return the canonical CURIE of an identifier as corpora and tools write it.

    Parameters
    ----------
    entity_type
        Tells the name space of a bare identifier: ``"672"`` is a gene or a taxon.
    identifier
        ``"D001943"``, ``"MESH:D001943"``, ``"NCBI:txid9606"``, ``"OMIM_114480"``, …

    Returns
    -------
    str or None
        ``None`` for "no identifier" (``"-"``, ``"-1"``, ``"CUI-less"``, …).

    Examples
    --------
    >>> to_curie("Disease", "D001943"), to_curie("Gene", "672")
    ('mesh:D001943', 'ncbigene:672')
    >>> to_curie("Species", "NCBI:txid9606"), to_curie("Variant", "rs113488022")
    ('ncbitaxon:9606', 'dbsnp:rs113488022')
    >>> to_curie("Variant", "p|SUB|V|600|E")
    'tmvar:p|SUB|V|600|E'
    >>> to_curie("Chemical", "-1") is None
    True
    """
    text = identifier.strip()
    if text.lower() in NIL:
        return None
    if entity_type == "Variant" and re.fullmatch(r"(?i)(rs#?:?\s?)\d+", text):
        return "dbsnp:rs" + re.sub(r"\D", "", text)
    stated = _stated(text)
    if stated is not None:
        return stated
    if entity_type == "Variant":
        return f"tmvar:{text}"
    if (bare := _bare(text)) is not None:
        return bare
    known = entity_types().get(entity_type)
    # FamilyName and CellLine rows of some corpora carry genes or taxa as bare numbers.
    if entity_type == "CellLine" and text.isdigit():
        return f"ncbitaxon:{text}"
    return _canonical(known.prefixes[0] if known else "kgbuild", text)


def parse_curie(text: str, *, entity_type: str | None = None) -> str | None:
    """Return the canonical CURIE of what a user types, if it is an identifier.

    Parameters
    ----------
    text
        A CURIE with any prefix that is usual (``"GeneID:1636"``), a bare identifier
        that says what it is (``"D009101"``, ``"rs334"``), one behind the name of its
        data base (``"MeSH D009101"``), or the address of a concept at identifiers.org,
        bioregistry.io, OBO, NCBI, …, with or without ``https://``.
    entity_type
        Makes sense of bare numbers: ``"01636"``.

    Returns
    -------
    str or None
        ``None`` where the text is a name, or nothing.

    Examples
    --------
    >>> parse_curie("GeneID:1636"), parse_curie("01636", entity_type="Gene")
    ('ncbigene:1636', 'ncbigene:1636')
    >>> parse_curie("http://purl.obolibrary.org/obo/MONDO_0005148")
    'mondo:0005148'
    >>> parse_curie("breast cancer") is None
    True
    """
    text = text.strip()
    stated = _stated(text)
    if stated is not None:
        return stated
    if re.fullmatch(r"(?i)rs\d+", text):
        return f"dbsnp:{text.lower()}"
    if (bare := _bare(text)) is not None:
        return bare
    if text.isdigit() and entity_type in entity_types():
        return to_curie(str(entity_type), text)
    return None


def _bare(text: str) -> str | None:
    """Return the CURIE of an identifier whose shape tells its name space."""
    text = text.upper()
    if re.fullmatch(r"C\d{7}", text):  # MeSH's have six digits or nine
        return f"umls:{text}"
    if re.fullmatch(r"[CD]\d{6,9}", text):
        return f"mesh:{text}"
    if re.fullmatch(r"DB\d{5}", text):
        return f"drugbank:{text}"
    if re.fullmatch(r"TXID\d+", text):
        return _canonical("ncbitaxon", text.lower())
    return f"cas:{text}" if re.fullmatch(r"\d{2,7}-\d\d-\d", text) else None


def _stated(text: str) -> str | None:
    """Return the CURIE of an identifier that names its name space itself."""
    scheme = _SCHEME.match(text)
    found = scheme and _of_address(text[scheme.end() :].rstrip(">"))
    if found or text.startswith(("http://", "https://")):
        return found
    pair = _CURIE.fullmatch(text)
    if pair is not None:
        prefix, local = pair.group(1).lower(), pair.group(2).strip()
        return _canonical(_ALIASES.get(prefix, prefix), local)
    pair = _OBO.fullmatch(text)
    if pair is not None:
        prefix = _ALIASES.get(pair.group(1).lower(), pair.group(1).lower())
        if prefix in _PREFIXES:
            return _canonical(prefix, pair.group(2))
    if re.fullmatch(r"(?i)CVCL_[A-Z0-9]{4}", text):
        return f"cellosaurus:{text.upper()}"
    pair = _BEHIND_COLON.fullmatch(text) or _WORDED.fullmatch(text)
    return None if pair is None else _of_words(pair.group(1).lower(), pair.group(2))


def _of_words(name: str, local: str) -> str | None:
    """Return the CURIE of a local part behind the name of its data base."""
    prefix = _ALIASES.get(name) or _ALIASES.get(base := name.removesuffix(" id"), base)
    if name in _NO_WORDS or prefix not in _PREFIXES or prefix in _OWN:
        return None
    if re.search(r"\d", local) is None:  # "UniProt protein"
        return None
    curie = _canonical(prefix, local)
    return curie if is_valid(curie) else None


def _of_address(address: str) -> str | None:
    """Return the CURIE of an address, its scheme and "www." left out."""
    address = unquote(unquote(address))
    obo = _OBO_ADDRESS.search(address)
    if obo is not None:
        return _stated(obo.group(1))
    match = _RESOLVER.fullmatch(address)
    if match is not None:
        return _stated(f"{match.group(1)}:{match.group(2)}")
    for site, prefix in _SITES:
        match = site.match(address)
        if match is not None:
            for part in re.split(r"[/?#&]", address[match.end() :]):
                key, equals, value = part.rpartition("=")
                if value and (not equals or key.lower() in _KEYS):
                    curie = _canonical(prefix, value)
                    if is_valid(curie):
                        return curie
    return None


def _canonical(prefix: str, local: str) -> str:
    """Write the local part as its name space has it, where it can be that at all."""
    if prefix not in _PREFIXES or prefix in _OWN:
        return f"{prefix}:{local}"
    twice = _CURIE.fullmatch(local) or _OBO.fullmatch(local)
    if twice is not None:
        inner = twice.group(1).lower()
        if _ALIASES.get(inner, inner) == prefix:
            local = twice.group(2).strip()
    shaped = local
    if prefix in _NUMBERS and local.isascii():
        shaped = re.sub(r"^(?:txid)?0*(?=\d)", "", local)
    elif prefix in _CAPITALS:
        shaped = local.upper()
        if prefix == "cellosaurus" and not shaped.startswith("CVCL_"):
            shaped = f"CVCL_{shaped}"
    elif prefix == "dbsnp":
        shaped = f"rs{re.sub(r'(?i)^rs', '', local)}"
    curie = f"{prefix}:{shaped}"
    return curie if is_valid(curie) else f"{prefix}:{local}"


def split_curie(curie: str) -> tuple[str, str]:
    """Split a CURIE into prefix and local identifier.

    Raises
    ------
    ValueError
        ``curie`` has no colon.

    Examples
    --------
    >>> split_curie("mesh:D001943")
    ('mesh', 'D001943')
    """
    prefix, colon, local = curie.partition(":")
    if not colon:
        msg = f"A concept id must be a CURIE such as 'mesh:D001943'. Got {curie!r}."
        raise ValueError(msg)
    return prefix, local


def taxon_number(species: int | str) -> int:
    """Return the NCBI taxon number of a species that a user names.

    Raises
    ------
    ConfigError
        It is neither a number nor a CURIE of one.

    Examples
    --------
    >>> taxon_number(9606), taxon_number("10090"), taxon_number("NCBITaxon:10116")
    (9606, 10090, 10116)
    """
    curie = parse_curie(str(species), entity_type="Species") or ""
    if not curie.startswith("ncbitaxon:") or not is_valid(curie):
        msg = (
            "species must be NCBI taxon numbers, such as 9606 or 'ncbitaxon:9606'. Got "
            f"{species!r}."
        )
        raise ConfigError(msg)
    return int(curie.partition(":")[2])


def is_valid(curie: str) -> bool:
    """Whether the prefix is known and the local part has its shape."""
    prefix, _, local = curie.partition(":")
    known = _PREFIXES.get(prefix)
    return known is not None and re.fullmatch(known[0], local) is not None


def has_shape(curie: str) -> bool:
    """Whether the local part has the shape of its name space, where that is known.

    Examples
    --------
    >>> has_shape("mesh:D009203"), has_shape("own:42"), has_shape("ncbigene:TP53")
    (True, True, False)
    """
    return curie.partition(":")[0] not in _PREFIXES or is_valid(curie)


def url_of(curie: str) -> str | None:
    """Return the web page of a concept, or ``None`` where there is none.

    Examples
    --------
    >>> url_of("ncbigene:672")
    'https://www.ncbi.nlm.nih.gov/gene/672'
    """
    prefix, _, local = curie.partition(":")
    known = _PREFIXES.get(prefix)
    if known is None or known[1] is None:
        return None
    return known[1].format(quote(local, safe=""))


def pubtator_id(curie: str) -> str:
    """Return the identifier as PubTator files write it in column 6.

    Examples
    --------
    >>> pubtator_id("mesh:D001943"), pubtator_id("ncbigene:672")
    ('MESH:D001943', '672')
    >>> pubtator_id("omim:114480"), pubtator_id("tmvar:p|SUB|V|600|E")
    ('OMIM:114480', 'p|SUB|V|600|E')
    """
    prefix, local = split_curie(curie)
    if prefix in {"ncbigene", "ncbitaxon", "dbsnp", "tmvar", "cellosaurus"}:
        return local
    return f"{prefix.upper()}:{local}"
