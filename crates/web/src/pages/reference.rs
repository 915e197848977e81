//! The API's reference, made of its own OpenAPI document: offline, without scripts, an overview and a page for each heading.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_api::{BASE, document, kinds};
use dossier_app::AppError;
use serde_json::Value;

use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{At, SignedIn};
use crate::view::{
    ApiHeading, ApiMember, ApiOperation, ApiOverviewPage, ApiPage, ApiParameter, ApiProblem, ApiReply, ApiType,
};
use crate::visit::Visit;

const HERE: &str = "/api";

pub(super) async fn overview(State(web): State<Web>, visit: Visit, SignedIn(_): SignedIn) -> Answer {
    let origin = web.options.public_origin.clone().unwrap_or_default();
    let problem =
        |(status, code, words): &(u16, &'static str, &'static str)| ApiProblem { status: *status, code, words };
    let view = ApiOverviewPage {
        shell: visit.shell(),
        base: format!("{origin}{BASE}"),
        headings: headings(),
        problems: kinds().iter().map(problem).collect(),
    };
    page(StatusCode::OK, &view)
}

pub(super) async fn heading(visit: Visit, SignedIn(_): SignedIn, At(word): At<String>) -> Answer {
    let all = headings();
    let heading = all.iter().find(|heading| heading.word == word).ok_or(AppError::NotFound)?;
    let operations: Vec<_> = operations().filter(|(_, _, told)| tag(told) == heading.title).collect();
    let mut named = Vec::new();
    for (_, _, told) in &operations {
        types(told, &mut named);
    }
    let view = ApiPage {
        shell: visit.shell(),
        title: heading.title.clone(),
        operations: operations.iter().map(|(method, path, told)| operation(method, path, told)).collect(),
        types: named.iter().map(|name| described(name)).collect(),
        headings: all.clone(),
    };
    page(StatusCode::OK, &view)
}

/// Every operation: method, path and what the document says of it.
fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, told)| (method.to_uppercase(), path.as_str(), told))
    })
}

fn tag(told: &Value) -> &str {
    told["tags"][0].as_str().unwrap_or_default()
}

fn headings() -> Vec<ApiHeading> {
    let mut all: Vec<ApiHeading> = Vec::new();
    for (method, path, told) in operations() {
        let title = tag(told);
        let line = (method, format!("{BASE}{path}"), text(told, "summary"), text(told, "operationId"));
        if let Some(heading) = all.iter_mut().find(|heading| heading.title == title) {
            heading.operations.push(line);
        } else {
            let word = title.to_lowercase().replace(' ', "-");
            let href = format!("{HERE}/{word}");
            all.push(ApiHeading { title: title.to_owned(), word, href, operations: vec![line] });
        }
    }
    all
}

fn text(told: &Value, member: &str) -> String {
    told[member].as_str().unwrap_or_default().to_owned()
}

fn operation(method: &str, path: &str, told: &Value) -> ApiOperation {
    let parameter = |parameter: &Value| ApiParameter {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        required: parameter["required"] == Value::Bool(true),
        kind: kind(&parameter["schema"]),
        words: text(parameter, "description"),
    };
    let body = &told["requestBody"]["content"]["application/json"]["schema"];
    let named = name(body);
    let reply = |(status, reply): (&String, &Value)| ApiReply {
        status: status.clone(),
        words: text(reply, "description"),
        kind: reply["content"].as_object().and_then(|content| content.values().next()).map(|one| kind(&one["schema"])),
    };
    let replies = told["responses"].as_object().into_iter().flatten();
    ApiOperation {
        id: text(told, "operationId"),
        method: method.to_owned(),
        path: format!("{BASE}{path}"),
        summary: text(told, "summary"),
        paragraphs: text(told, "description").split("\n\n").map(str::to_owned).filter(|p| !p.is_empty()).collect(),
        permission: told["x-permission"].as_str().map(str::to_owned),
        parameters: told["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        body: named.map(str::to_owned),
        example: named.and_then(|name| {
            serde_json::to_string_pretty(document()["components"]["schemas"][name].get("example")?).ok()
        }),
        replies: replies.filter(|(status, _)| status.starts_with('2')).map(reply).collect(),
    }
}

/// The name of a type that a schema refers to.
fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().and_then(|path| path.rsplit('/').next())
}

/// What a schema takes, in a few words; the name of a type of its own stands alone.
fn kind(schema: &Value) -> String {
    if let Some(name) = name(schema) {
        return name.to_owned();
    }
    if let Some(all) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return all.iter().map(kind).filter(|kind| kind != "null").collect::<Vec<_>>().join(" or ");
    }
    let word = match &schema["type"] {
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words = words.iter().filter_map(Value::as_str).filter(|word| *word != "null");
            words.collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    };
    match (word.as_str(), schema["format"].as_str()) {
        ("array", _) => format!("list of {}", kind(&schema["items"])),
        (_, Some(format)) => format!("{word} ({format})"),
        _ => word,
    }
}

/// Adds the names of the types that `value` refers to, and those that these refer to.
fn types(value: &'static Value, named: &mut Vec<&'static str>) {
    match value {
        Value::Object(pairs) => {
            if let Some(name) = name(value)
                && name != "Problem"
                && !named.contains(&name)
            {
                named.push(name);
                types(&document()["components"]["schemas"][name], named);
            }
            pairs.values().for_each(|inner| types(inner, named));
        }
        Value::Array(items) => items.iter().for_each(|inner| types(inner, named)),
        _ => {}
    }
}

fn described(name: &str) -> ApiType {
    let schema = &document()["components"]["schemas"][name];
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let members = schema["properties"].as_object().into_iter().flatten().map(|(member, told)| ApiMember {
        name: member.clone(),
        kind: kind(told),
        required: required.contains(&member.as_str()),
        words: text(told, "description"),
    });
    let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    ApiType {
        name: name.to_owned(),
        words: text(schema, "description"),
        members: members.collect(),
        one_of: words.collect(),
    }
}
