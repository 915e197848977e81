//! Reads provider manifests, builds forms, calls providers, maps answers
