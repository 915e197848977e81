#![no_main]

use dossier_connector::trial;

libfuzzer_sys::fuzz_target!(|data: &[u8]| trial::display(data));
