//! The only room that names the database library
