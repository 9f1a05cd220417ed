"""The contract: models of facts (inputs) and changes (outputs), and the documents generated from them."""
