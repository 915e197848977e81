//! What the engine costs beside the network; `bench/engine` runs it and says what is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program of its own")]

use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dossier_connector::{Manifest, Outcome, Registry, Rehearsal, trial};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// What one action may cost at the median.
const TARGET: Duration = Duration::from_micros(200);
/// The size of the answer whose memory is measured, in kilobytes.
const LARGE: u32 = 10_000;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    match args.next().as_deref() {
        Some("floor") => {
            let value: Value = serde_json::from_slice(&large()).unwrap();
            tell_peak();
            drop(value);
        }
        Some("large") => {
            let columns = json!([{"label": "Name", "value": "=name"}, {"label": "Status", "value": "=status"}]);
            run_large(
                &json!({"sections": [{"title": "Companies", "table": {"rows": "=look.body", "columns": columns}}]}),
            );
            tell_peak();
        }
        Some(hungry) if HUNGRY.iter().any(|(name, _)| *name == hungry) => {
            let expr = HUNGRY.iter().find(|(name, _)| *name == hungry).unwrap().1;
            let items: Vec<Value> = (0..200).map(|n| json!({"label": format!("Item {n}"), "value": expr})).collect();
            run_large(&json!({"sections": [{"items": items}]}));
            tell_peak();
        }
        runs => return compare(runs.and_then(|runs| runs.parse().ok()).unwrap_or(3_000)),
    }
    ExitCode::SUCCESS
}

/// Fails when the target is missed.
fn compare(runs: usize) -> ExitCode {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (small, with_pdf) = (answer(None).to_string(), answer(Some(60_000)).to_string());
    let floor = median(runs, || parse(&small));
    println!("{runs} runs each; median, minimum");
    report("floor: parse and write the answer", floor, None);
    let empty = measured(&runtime, runs, &empty());
    report("an action that maps nothing", empty, Some(floor));
    let kyc = measured(&runtime, runs, &company_kyc(&small));
    report("company_kyc, four directors", kyc, Some(floor));
    let verdict = if kyc.0 < TARGET { "met" } else { "MISSED" };
    println!("  the target of {} µs is {verdict}", TARGET.as_micros());
    let pdf_floor = median(runs / 10, || parse(&with_pdf));
    report("floor: the same with a PDF of 60 kB", pdf_floor, None);
    report("company_kyc with the PDF", measured(&runtime, runs / 10, &company_kyc(&with_pdf)), Some(pdf_floor));

    let (floor, large) = (peak("floor"), peak("large"));
    println!("peak memory with an answer of {} MB", LARGE / 1_000);
    for (name, taken) in [("floor: parsed and held", floor), ("shown in a table", large)] {
        println!("  {name:<36} {:>9} MB {:>9.1} × its size", taken / 1_000, f64::from(taken) / f64::from(LARGE));
    }
    println!("  {:<36} {:>22.1} × the floor", "", f64::from(large) / f64::from(floor));
    hungry();
    if kyc.0 < TARGET { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Expressions that are worth nothing and cost much. A display has two hundred of each, on the large answer.
const HUNGRY: &[(&str, &str)] = &[
    ("lists that double", "=look.body|map(&[@,@],@)[]|map(&[@,@],@)[]|map(&[@,@],@)[]|map(&[@,@],@)[]|length(@)"),
    ("rows sorted by text", "=sort_by(look.body,&address)|sort_by(@,&name)|sort_by(@,&reference)|length(@)"),
    ("an object for each row", "=look.body[*].{a:@,b:@,c:@}|[*].{a:@,b:@}|length(@)"),
    ("everything as text", "=length(to_string(look.body))"),
    ("everything in two ways", "=look.body==map(&@,look.body)"),
    ("each row in all rows", "=look.body|[*].name|[?contains(join('',[@,@]),'9')]|length(@)"),
];

/// What the count of steps lets through at worst, beside the same answer shown in a table.
fn hungry() {
    println!("a display of two hundred hungry expressions on it");
    let timed = |what: &str| {
        let began = Instant::now();
        let peak = peak(what);
        (began.elapsed(), peak)
    };
    let (usual, _) = timed("large");
    println!("  {:<36} {:>9} ms", "floor: the table", usual.as_millis());
    for (name, _) in HUNGRY {
        let (took, peak) = timed(name);
        let ratio = took.as_secs_f64() / usual.as_secs_f64();
        println!("  {name:<36} {:>9} ms {:>9} MB {ratio:>6.1} × the floor", took.as_millis(), peak / 1_000);
    }
}

fn report(name: &str, (median, least): (Duration, Duration), floor: Option<(Duration, Duration)>) {
    let ratio = floor.map(|(floor, _)| format!("{:>6.1} × the floor", median.as_secs_f64() / floor.as_secs_f64()));
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!("  {name:<36} {:>9.1} µs {:>9.1} µs {}", micros(median), micros(least), ratio.unwrap_or_default());
}

/// The median and the least time of `work`. A run that was interrupted is long, and most are not.
fn median(runs: usize, mut work: impl FnMut()) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..runs.max(10))
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort();
    (times[times.len() / 2], times[0])
}

fn measured(runtime: &Runtime, runs: usize, rehearsal: &Rehearsal) -> (Duration, Duration) {
    let end = || runtime.block_on(rehearsal.end());
    assert!(matches!(end(), Outcome::Succeeded(_)), "{:?}", end());
    median(runs, || drop(black_box(end())))
}

fn parse(answer: &str) {
    let value: Value = serde_json::from_str(answer).unwrap();
    black_box(value.to_string());
}

/// An answer of InTouch as its documentation has it, of invented people.
fn answer(pdf: Option<usize>) -> Value {
    let director = |name: &str, id: &str| {
        json!({"FullName": name, "IDNumber": id, "AppointmentDate": "2014-09-17", "Status": "Active",
            "Check": "Verified", "ResidentialAddress": "12 Example Road, Observatory, Cape Town, 7925"})
    };
    let mut answer = json!({"http_code": 200, "Results": [{
        "CompanyName": "KWANTU TRADING (PTY) LTD", "RegistrationNumber": "2014/187452/07", "CompanyStatus": "In Business",
        "CompanyType": "Private Company", "RegistrationDate": "2014-09-17", "FinancialYearEnd": "February",
        "TaxNumber": "9123456789", "PhysicalAddress": "4 Example Street, Woodstock, Cape Town, 7925",
        "Directors": [director("NOMVULA KHANYILE", "8001015009087"), director("PIETER VAN WYK", "7503125123084"),
            director("AYESHA PATEL", "9010200234081"), director("JOHN SMITH", "6806065432083")]}]});
    if let Some(bytes) = pdf {
        answer["EncodedPDF"] = "JVBERi0x+jcK/Q5a".repeat(bytes / 12).into();
    }
    answer
}

fn rehearsal(manifest: Manifest, action: &str, params: &Value, answer: &[u8]) -> Rehearsal {
    let example = json!([{"name": "bench", "action": action, "params": params, "gives": {},
        "config": {"baseUrl": "https://intouch.example", "url": "https://corner.example"},
        "calls": [{"answer": {"status": 200, "headers": {"content-type": "application/json"}}}]}]);
    let rehearsal = Rehearsal::read(&Arc::new(manifest), &example.to_string()).unwrap().remove(0);
    trial::answering(rehearsal, answer.to_vec())
}

fn company_kyc(answer: &str) -> Rehearsal {
    let manifest = Registry::built_in().unwrap().get("intouch").unwrap();
    let director = json!({"FirstName": "Nomvula", "Surname": "Khanyile", "IDNumber": "8001015009087", "DoKYC": true});
    let params = json!({"reference": "KYC-2026-117", "registrationNumber": "2014/187452/07",
        "permissiblePurpose": "Admin Purpose", "enquiryReason": "Onboarding", "directors": [director]});
    rehearsal((*manifest).clone(), "company_kyc", &params, answer.as_bytes())
}

/// A manifest with the action `look`, whose result is `result`.
fn small(result: &Value) -> Manifest {
    let manifest = json!({"manifest": 1, "key": "corner", "name": "Corner", "version": "1",
        "description": "A small provider", "module": "kyc-corner",
        "config": {"required": ["url"], "properties": {"url": {"title": "URL", "type": "string", "format": "uri"}}},
        "actions": [{"key": "look", "label": "Look", "category": "Things", "effect": "read", "verified": "assumed",
            "steps": [{"name": "look", "request": {"method": "GET", "url": "{config.url}/look"}}], "result": result}]});
    Manifest::parse(&manifest.to_string()).unwrap()
}

fn empty() -> Rehearsal {
    rehearsal(small(&json!({})), "look", &json!({}), b"{}")
}

/// Rows of some hundred bytes, ten megabytes of them.
fn large() -> Vec<u8> {
    let row = |n: usize| {
        json!({"name": format!("Kwantu Trading {n}"), "number": n, "status": "In Business", "reference": format!("{n:016}"),
            "address": "4 Example Street, Woodstock, Cape Town, 7925"})
    };
    let each = row(10_000).to_string().len() + 1;
    (0..LARGE as usize * 1_000 / each).map(row).collect::<Value>().to_string().into_bytes()
}

fn run_large(display: &Value) {
    let rehearsal = rehearsal(small(&json!({ "display": display })), "look", &json!({}), &large());
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    assert!(matches!(runtime.block_on(rehearsal.end()), Outcome::Succeeded(_)));
}

/// Says how many kilobytes this program took at most.
fn tell_peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kilobytes = status.split("VmHWM:").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    println!("{kilobytes}");
}

/// The most memory that this program takes when it does `what` and nothing else, in kilobytes.
fn peak(what: &str) -> u32 {
    let told = Command::new(std::env::current_exe().unwrap()).arg(what).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap().trim().parse().unwrap()
}
