"""The domain: rules and use cases of a marketplace that pays creators for proved sales."""
