//! Keys, sealing, keyed digests
