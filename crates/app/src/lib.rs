//! The use cases and the background work; every front door calls these
