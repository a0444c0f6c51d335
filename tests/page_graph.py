"""A snapshot of hostile and unusual things, written by hand, for tests of the pages."""

import hashlib

import pyoxigraph as ox

from serving import make_snapshot
from small_graph import PREFIXES

TEXT = "Ardonia joined the pact in 2019. Belmark says that it never did.\n"
LONG = "x" * 1900 + " " + "y" * 99
SCRIPT = "<script>alert(1)</script>"
RIGHT_TO_LEFT = "حلف شمال الأطلسي"

ONTOLOGY = """
graph:ontology {
  ent:memberOf a ent:RecordProperty ; skos:prefLabel "member of"@en .
  ent:opposes a ent:StanceProperty ; skos:prefLabel "opposes"@en .
  ent:Disagreement skos:prefLabel "disagreement"@en .
  ent:PolarityDisagreement skos:prefLabel "disagreement over a fact"@en ;
    skos:definition "One affirms, one denies."@en .
  ent:State skos:prefLabel "state"@en .
  ent:Alliance skos:prefLabel "alliance"@en .
}
"""
ENTITIES = f"""
graph:entities {{
  id:ardonia a ent:State , ent:Actor ; skos:prefLabel "Ardonia"@en ;
    skos:altLabel "Republic of Ardonia"@en ;
    skos:definition "A state that is not there."@en ;
    skos:exactMatch <javascript:alert(1)> , <https://example.org/ardonia> .
  id:pact a ent:Alliance , ent:Actor ; skos:prefLabel "The Pact"@en .
  id:hostile a ent:State , ent:Actor ; skos:prefLabel "{SCRIPT}" .
  id:rtl a ent:Alliance , ent:Actor ; skos:prefLabel "{RIGHT_TO_LEFT}"@ar .
  id:long a ent:State , ent:Actor ; skos:prefLabel "{LONG}" .
  id:quiet a ent:State , ent:Actor ; skos:prefLabel "Quietland"@en .
  id:authors-of-gmf-2023 skos:prefLabel "Authors of the GMF text"@en .
  src:gmf-2023 a ent:Source ; skos:prefLabel "GMF text of 2023"@en ; ent:length {len(TEXT)} ;
    ent:sha256 "{hashlib.sha256(TEXT.encode()).hexdigest()}" .
}}
"""
CLAIMS = """
graph:gmf-2023 {
  claim:gmf-2023-001 a ent:Claim ; skos:prefLabel "Ardonia joined the pact in 2019"@en ;
    ent:subject id:ardonia ; ent:predicate ent:memberOf ; ent:object id:pact ;
    ent:polarity voc:affirmed ; ent:modality voc:asserted ; ent:reading voc:explicit ;
    ent:rank voc:normal ; ent:holder id:authors-of-gmf-2023 ; ent:statedIn src:gmf-2023 ;
    ent:notBefore "2019-01-01"^^xsd:date ; ent:notAfter "2019-12-31"^^xsd:date ;
    ent:evidence gmf:0-31 .
  claim:gmf-2023-002 a ent:Claim ; skos:prefLabel "Ardonia never joined the pact"@en ;
    ent:subject id:ardonia ; ent:predicate ent:memberOf ; ent:object id:pact ;
    ent:polarity voc:denied ; ent:modality voc:asserted ; ent:reading voc:interpreted ;
    ent:rank voc:normal ; ent:holder id:hostile ; ent:attributedTo id:hostile ;
    ent:statedIn src:gmf-2023 ; ent:evidence gmf:33-63 .
  claim:gmf-2023-003 a ent:Claim ; skos:prefLabel "Ardonia should oppose the pact"@en ;
    ent:subject id:ardonia ; ent:predicate ent:opposes ; ent:object id:pact ;
    ent:polarity voc:affirmed ; ent:modality voc:recommended ; ent:reading voc:explicit ;
    ent:rank voc:normal ; ent:holder id:authors-of-gmf-2023 ; ent:statedIn src:gmf-2023 ;
    ent:evidence gmf:0-31 .
  claim:gmf-2023-004 a ent:Claim ; skos:prefLabel "Ardonia is a member of the allied league"@en ;
    ent:subject id:ardonia ; ent:predicate ent:memberOf ; ent:object id:rtl ;
    ent:polarity voc:affirmed ; ent:modality voc:asserted ; ent:reading voc:explicit ;
    ent:rank voc:normal ; ent:holder id:authors-of-gmf-2023 ; ent:statedIn src:gmf-2023 ;
    ent:evidence gmf:0-31 .
  gmf:0-31 a ent:Passage . gmf:33-63 a ent:Passage .
}
graph:void {
  <https://w3id.org/entente/dataset> <http://rdfs.org/ns/void#dataDump>
    <https://w3id.org/entente/dumps/latest/entente.ttl> .
}
graph:asserted { id:ardonia ent:memberOf id:rtl , id:pact . }
graph:disagreements {
  <https://w3id.org/entente/disagreement/one> a ent:Disagreement , ent:PolarityDisagreement ;
    skos:prefLabel "Ardonia in and out"@en ;
    ent:involvesClaim claim:gmf-2023-001 , claim:gmf-2023-002 ;
    ent:reconciledBy claim:gmf-2023-003 .
}
"""


def many_claims(count):
    """Write claims that all speak of one thing."""
    lines = (
        f"""  claim:gmf-2023-m{number:05} a ent:Claim ;
    skos:prefLabel "The Pact meets, {number}"@en ;
    ent:subject id:busy ; ent:predicate ent:memberOf ; ent:object id:pact ;
    ent:polarity voc:affirmed ; ent:modality voc:asserted ; ent:evidence gmf:0-31 ;
    ent:holder id:authors-of-gmf-2023 ; ent:statedIn src:gmf-2023 .
"""
        for number in range(count)
    )
    entity = 'graph:entities { id:busy a ent:State ; skos:prefLabel "Busyland"@en . }\n'
    return f"{entity}graph:gmf-2023 {{\n{''.join(lines)}}}\n"


def write_page_graph(root, *parts):
    """Write a snapshot of TriG, each quad in the default graph too."""
    trig = PREFIXES + "".join(parts)
    quads = list(ox.parse(trig, format=ox.RdfFormat.TRIG))
    merged = [quad.triple for quad in quads]
    lines = [ox.serialize(part, format=ox.RdfFormat.N_QUADS).decode() for part in (quads, merged)]
    return make_snapshot(root, "".join(lines), hashlib.sha256(trig.encode()).hexdigest())
