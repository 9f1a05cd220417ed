"""XML of documents, parsed without entities, document types or the network."""

from lxml import etree

from giants.sources.errors import UnreadableFileError


def parsed_xml(name: str, content: bytes) -> etree._Element:
    """The root of an XML document; raises `UnreadableFileError` where it is damaged or declares a type."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnreadableFileError(name, "holds XML with a document type, which no program writes here")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFileError(name, f"the XML is damaged: {error}") from None
    if root is None:
        raise UnreadableFileError(name, "the XML is empty")
    return root
