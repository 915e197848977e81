//! Forms whose fields depend on a choice, that ask for one of several things, or that take files.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;

use dossier_connector::{Field, FieldKind, Form, Manifest, Names};
use proptest::prelude::*;
use serde_json::{Value, json};

type Pairs = Vec<(String, String)>;

fn pairs(list: &[(&str, &str)]) -> Pairs {
    list.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A manifest whose only action has these parameters, and whose channel has this form.
fn manifest(config: &str, params: &str) -> Result<Manifest, Vec<String>> {
    let text = format!(
        r#"manifest: 1
key: forms
name: Forms
version: "1"
description: A provider for forms
module: kyc-forms
config: {config}
actions:
  - key: all
    label: All
    category: Things
    effect: read
    verified: assumed
    params: {params}
    steps:
      - {{ name: a, request: {{ method: GET, url: "https://example.org" }} }}
    result: {{ outputs: {{ kinds: "=a.body.kinds" }} }}
"#
    );
    Manifest::parse(&text)
        .map_err(|problems| problems.iter().map(|p| format!("{}: {} {}", p.line, p.message, p.mend)).collect())
}

fn params(schema: &Value) -> Form {
    manifest("{}", &schema.to_string()).unwrap().action("all").unwrap().form.clone()
}

/// What is said about params that cannot be a form.
fn refused(schema: &Value) -> Vec<String> {
    manifest("{}", &schema.to_string()).unwrap_err()
}

fn found(errors: Vec<dossier_connector::FieldError>) -> Vec<(String, String)> {
    errors.into_iter().map(|e| (e.field, e.message)).collect()
}

fn error(field: &str, message: &str) -> (String, String) {
    (field.to_owned(), message.to_owned())
}

/// Two workflows with an ID number each, under rules of their own, and one that brings nothing.
fn workflows() -> Value {
    json!({
        "required": ["workflow"],
        "properties": {
            "workflow": { "title": "Workflow", "oneOf": [
                { "const": "gold", "title": "Gold" }, { "const": "silver", "title": "Silver" }, { "const": "bare" }
            ] },
            "reference": { "title": "Reference", "type": "string" },
        },
        "allOf": [
            { "if": { "properties": { "workflow": { "const": "gold" } } },
              "then": { "required": ["IDNumber", "reference"], "properties": {
                  "IDNumber": { "title": "ID number", "type": "string", "format": "za-id", "x-sensitive": true },
                  "level": { "title": "Level", "type": "integer", "default": 3 },
              } } },
            { "if": { "properties": { "workflow": { "const": "silver" } } },
              "then": { "properties": {
                  "IDNumber": { "title": "ID number", "type": "string", "maxLength": 5 },
                  "agreed": { "title": "Agreed", "type": "boolean" },
              } } },
        ],
    })
}

/// ACT-3
#[test]
fn a_form_is_flat_once_its_discriminator_is_known() {
    let form = params(&workflows());
    let names = |form: &Form| form.fields.iter().map(|f| (f.name.clone(), f.required)).collect::<Vec<_>>();
    let row = |name: &str, required: bool| (name.to_owned(), required);
    assert_eq!(names(&form), [row("workflow", true), row("reference", false)]);
    let gold = form.flat(&json!({"workflow": "gold"}));
    let all = [row("workflow", true), row("reference", true), row("IDNumber", true), row("level", false)];
    assert_eq!(names(&gold), all);
    assert_eq!(names(&form.flat_in(&pairs(&[("workflow", " gold ")]))), all);
    assert_eq!(names(&form.flat(&json!({"workflow": "bare"}))).len(), 2, "a value without a branch adds nothing");
    assert_eq!(form.discriminators().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["workflow"]);
    assert_eq!(form.names(), ["IDNumber", "agreed", "level", "reference", "workflow"]);
}

/// ACT-3
#[test]
fn each_branch_checks_by_its_own_rules() {
    let form = params(&workflows());
    let gold = json!({"workflow": "gold", "reference": "K", "IDNumber": "12345"});
    assert_eq!(found(form.check(&gold)), [error("IDNumber", "An ID number has 13 digits. This one has 5.")]);
    assert_eq!(form.check(&json!({"workflow": "silver", "IDNumber": "12345"})), []);
    let foreign = json!({"workflow": "gold", "reference": "K", "IDNumber": "8001015009087", "agreed": true});
    assert_eq!(found(form.check(&foreign))[0].0, "agreed", "what belongs to another branch has no place");
    assert_eq!(
        found(form.check(&json!({"workflow": "gold"}))),
        [error("reference", "Enter the reference."), error("IDNumber", "Enter the ID number.")]
    );
    assert_eq!(found(form.check(&json!({}))), [error("workflow", "Choose one from the list.")]);
    assert_eq!(found(form.check(&json!({"workflow": "iron"})))[0].0, "workflow");
}

#[test]
fn what_was_typed_for_another_branch_is_passed_over_when_pairs_are_read() {
    let form = params(&workflows());
    let typed = pairs(&[("IDNumber", "12345"), ("level", "x"), ("workflow", "silver"), ("agreed", "on")]);
    let value = form.read(&typed).unwrap();
    assert_eq!(value, json!({"workflow": "silver", "IDNumber": "12345", "agreed": true}));
    assert_eq!(form.read(&form.pairs(&value)).unwrap(), value);
}

/// ACT-5
#[test]
fn a_branch_has_defaults_when_its_choice_is_one_or_was_made() {
    let form = params(&workflows());
    assert_eq!(form.defaults(&Names::default()), []);
    let mut chosen = workflows();
    chosen["properties"]["workflow"]["default"] = json!("gold");
    let form = params(&chosen);
    assert_eq!(form.defaults(&Names::default()), pairs(&[("workflow", "gold"), ("level", "3")]));
    let chosen = form.flat_in(&pairs(&[("workflow", "gold")]));
    assert!(chosen.defaults(&Names::default()).contains(&("level".to_owned(), "3".to_owned())));
}

#[test]
fn expressions_may_name_the_fields_of_every_branch_and_no_others() {
    let with = |url: &str| {
        let text = manifest("{}", &workflows().to_string()).unwrap().text;
        Manifest::parse(&text.replace("https://example.org", url))
    };
    assert!(with("https://example.org/{params.level}/{params.agreed}").is_ok());
    assert!(with("https://example.org/{params.levels}").unwrap_err()[0].mend.contains("params.level"));
}

fn either() -> Value {
    json!({
        "properties": {
            "number": { "title": "Registration number", "type": "string" },
            "name": { "title": "Company name", "type": "string" },
            "country": { "title": "Country", "type": "string" },
        },
        "anyOf": [{ "required": ["number"] }, { "required": ["name", "country"] }],
        "x-message": "Give the registration number, or the company name with its country.",
    })
}

/// ACT-4
#[test]
fn one_of_several_groups_must_be_filled_and_the_first_says_so() {
    let form = params(&either());
    let message = "Give the registration number, or the company name with its country.";
    assert_eq!(
        found(form.read(&pairs(&[("name", "Kwantu"), ("number", " ")])).unwrap_err()),
        [error("number", message)]
    );
    assert_eq!(form.check(&json!({"name": "Kwantu", "country": "ZA"})), []);
    assert_eq!(form.check(&json!({"number": "2014/187452/07"})), []);
    let mut plain = either();
    plain.as_object_mut().unwrap().shift_remove("x-message");
    let words = "Give the registration number, or the company name and the country.";
    assert_eq!(found(params(&plain).check(&json!({}))), [error("number", words)]);
}

#[test]
fn a_branch_may_ask_for_one_of_several_too() {
    let mut schema = workflows();
    schema["allOf"][1]["then"]["anyOf"] = json!([{ "required": ["IDNumber"] }, { "required": ["agreed"] }]);
    let form = params(&schema);
    let read = |list: &[(&str, &str)]| form.read(&pairs(list)).map_err(|errors| found(errors)[0].0.clone());
    assert_eq!(read(&[("workflow", "silver")]).unwrap_err(), "IDNumber", "a box that is not ticked says nothing");
    assert!(read(&[("workflow", "silver"), ("agreed", "on")]).is_ok());
    assert!(read(&[("workflow", "bare")]).is_ok());
}

type Change = Box<dyn Fn(&mut Value)>;

#[test]
fn what_is_not_known_of_conditions_is_refused_with_a_place_and_a_mend() {
    let base = workflows();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut schema = base.clone();
        change(&mut schema);
        refused(&schema).join("\n")
    };
    let set = |path: &'static str, value: Value| -> Change {
        Box::new(move |schema| {
            let (parent, key) = path.rsplit_once('/').unwrap();
            schema.pointer_mut(parent).unwrap()[key] = value.clone();
        })
    };
    let cases: Vec<(Change, &str)> = vec![
        (set("/if", json!({})), "“if” cannot stand here. Write it under `allOf:`"),
        (set("/then", json!({})), "“then” cannot stand here."),
        (set("/not", json!({})), "“not” cannot stand here."),
        (set("/oneOf", json!([])), "“oneOf” cannot stand here. Write `anyOf:`"),
        (set("/$ref", json!("#/x")), "“$ref” cannot stand here. Use an anchor"),
        (set("/properties/reference/$ref", json!("#/x")), "“$ref” cannot stand here."),
        (set("/properties/reference/not", json!({})), "“not” is not known here."),
        (set("/allOf/0/else", json!({})), "“else” cannot stand here. Write an `if:` for each value."),
        (set("/allOf/0/if/not", json!({})), "“not” cannot stand here."),
        (set("/allOf/0/if/required", json!(["workflow"])), "“required” is not known here."),
        (set("/allOf/0/then/allOf", json!([])), "“allOf” is not known here."),
        (set("/allOf/0/if", json!({"properties": {}})), "An “if” asks about one field."),
        (
            set("/allOf/0/if/properties/workflow/const", json!("goldd")),
            "“goldd” is no choice of “workflow”. Did you mean “gold”?",
        ),
        (set("/allOf/0/if/properties/workflow", json!({"enum": ["gold"]})), "“const” is missing here."),
        (
            set("/allOf/0/if/properties", json!({"workflows": {"const": "gold"}})),
            "There is no field “workflows”. Did you mean “workflow”?",
        ),
        (set("/allOf/0/if/properties", json!({"reference": {"const": "gold"}})), "has no fixed choices."),
        (set("/allOf/1/if/properties/workflow/const", json!("gold")), "“gold” of “workflow” has two branches."),
        (set("/allOf/0/then/properties/reference", json!({})), "The field “reference” stands twice in this form."),
        (
            set("/allOf/0/then/required", json!(["Level"])),
            "“Level” is required but is no property. Did you mean “level”?",
        ),
        (set("/anyOf", json!([{"required": ["IDNumber"]}])), "“IDNumber” is required but is no property."),
        (set("/anyOf", json!([{"properties": {}}])), "“required” is missing here."),
        (set("/anyOf", json!([{"required": []}])), "A group of “anyOf” names no field."),
        (set("/anyOf", json!([])), "“anyOf” has no groups."),
        (set("/x-message", json!("?")), "“x-message” stands here without “anyOf”."),
    ];
    for (change, said) in &cases {
        let told = with(change);
        assert!(told.contains(said), "{said}\n{told}");
        assert!(told.starts_with("14: "), "it has a place: {told}");
    }
}

#[test]
fn branches_of_two_fields_may_not_have_a_field_of_the_same_name() {
    let mut schema = workflows();
    schema["properties"]["country"] = json!({ "enum": ["ZA", "NA"] });
    let list = schema["allOf"].as_array_mut().unwrap();
    list.push(json!({ "if": { "properties": { "country": { "const": "ZA" } } },
        "then": { "properties": { "IDNumber": {} } } }));
    assert!(refused(&schema)[0].contains("The field “IDNumber” stands twice in this form."));
    schema["allOf"][2]["then"]["properties"] = json!({ "province": {} });
    let form = params(&schema);
    let both = form.flat(&json!({"workflow": "gold", "country": "ZA"}));
    assert_eq!(both.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().len(), 6);
}

fn regions() -> &'static str {
    r#"{ required: [region, baseUrl, key], properties: {
        region: { title: Region, default: eu, oneOf: [
            { const: eu, title: Europe, x-sets: { baseUrl: "https://api.eu.example.com" } },
            { const: us, x-sets: { baseUrl: "https://api.us.example.com" } }, { const: own, title: My own } ] },
        baseUrl: { title: Base URL, format: uri },
        path: { title: Path, default: /v2 },
        key: { title: Key, x-secret: true } } }"#
}

/// CHAN-4
#[test]
fn a_chosen_region_sets_the_addresses_that_belong_to_it() {
    let form = manifest(regions(), "{}").unwrap().config;
    let value = form.read(&pairs(&[("region", "us"), ("key", "k")])).unwrap();
    let whole = form.complete(&value, &Names::default());
    assert_eq!(whole, json!({"region": "us", "key": "k", "path": "/v2", "baseUrl": "https://api.us.example.com"}));
    let moved = json!({"region": "eu", "key": "k", "baseUrl": "https://api.us.example.com"});
    assert_eq!(form.complete(&moved, &Names::default())["baseUrl"], "https://api.eu.example.com");
    let own = json!({"region": "own", "key": "k"});
    assert_eq!(found(form.check(&own)), [error("baseUrl", "Enter the base URL.")], "what nothing sets is typed");
    let own = json!({"region": "own", "key": "k", "baseUrl": "https://kyc.example.org"});
    assert_eq!(form.complete(&own, &Names::default())["baseUrl"], "https://kyc.example.org");
    assert_eq!(form.complete(&json!({}), &Names::default())["baseUrl"], "https://api.eu.example.com");
}

#[test]
fn a_choice_sets_only_fields_that_take_it() {
    for (from, to, said) in [
        ("baseUrl: \"https://api.us", "baseURL: \"https://api.us", "Did you mean “baseUrl”?"),
        ("\"https://api.us.example.com\"", "api", "Write the whole address"),
        ("baseUrl: \"https://api.us.example.com\"", "key: secret", "“region” cannot set “key” to this."),
        ("baseUrl: \"https://api.us.example.com\"", "path: [a]", "should be one value"),
    ] {
        let told = manifest(&regions().replace(from, to), "{}").unwrap_err().join("\n");
        assert!(told.contains(said), "{said}\n{told}");
    }
    let told = manifest("{}", &regions().replace("key: { title: Key, x-secret: true }", "key: {}")).unwrap_err();
    assert!(told[0].contains("“x-sets” stands only at the choices of a channel's field."), "{told:?}");
}

fn files() -> Value {
    json!({
        "required": ["photo", "checks"],
        "properties": {
            "photo": { "title": "Photo", "format": "file", "x-types": ["image/jpeg", "image/png"], "x-max-bytes": 2_000_000, "x-sensitive": true },
            "papers": { "title": "Papers", "type": "array", "items": { "type": "string", "format": "file" }, "maxItems": 2 },
            "checks": { "title": "Checks", "type": "array", "minItems": 1, "maxItems": 2, "items": { "type": "string",
                "oneOf": [{ "const": "id", "title": "Identity" }, { "const": "credit" }, { "const": "fraud" }] } },
        },
    })
}

fn file(id: &str, kind: &str, size: u64) -> Value {
    json!({"id": id, "name": "Photo of Nomvula.jpg", "type": kind, "size": size})
}

/// ACT-3
#[test]
fn a_file_is_refused_by_its_type_its_size_and_its_shape_in_words() {
    let form = params(&files());
    let said = |photo: Value| {
        let errors = form.check(&json!({"photo": photo, "checks": ["id"]}));
        found(errors).into_iter().map(|(field, message)| format!("{field}: {message}")).collect::<Vec<_>>()
    };
    assert_eq!(said(file("a", "image/png", 2_000_000)), [""; 0]);
    assert_eq!(said(json!(null)), ["photo: Choose a file for the photo."]);
    assert_eq!(said(file("a", "application/pdf", 5)), ["photo: Choose a JPEG or PNG file for the photo."]);
    let large = said(file("a", "image/png", 2_000_001));
    assert_eq!(large, ["photo: The file for the photo can have at most 2 MB. This one has 2.1 MB."]);
    assert!(said(file("a", "image/png", 0))[0].contains("is empty"));
    for shape in
        [json!("a"), json!({"id": "a"}), json!({"id": "a", "name": "b", "type": "image/png", "size": -1}), json!([1])]
    {
        assert_eq!(said(shape), ["photo: Choose the file for the photo again."]);
    }
    let mut more = file("a", "image/png", 5);
    more["path"] = json!("/etc/passwd");
    assert_eq!(said(more), ["photo: Choose the file for the photo again."]);
}

/// ACT-3
#[test]
fn several_files_and_choices_are_lists_with_a_least_and_a_most() {
    let form = params(&files());
    let photo = file("p", "image/jpeg", 9);
    let said = |value: Value| found(form.check(&value));
    let three = [file("a", "application/pdf", 1), file("b", "image/png", 1), file("c", "image/png", 1)];
    assert_eq!(
        said(json!({"photo": photo, "checks": ["id"], "papers": three})),
        [error("papers", "Choose at most 2 for the papers. There are 3.")]
    );
    assert_eq!(said(json!({"photo": photo})), [error("checks", "Choose at least one of the checks.")]);
    for wrong in [json!(["id", "id"]), json!(["smile"]), json!([1])] {
        let message = "Choose among the values offered for the checks, each once.";
        assert_eq!(said(json!({"photo": photo, "checks": wrong})), [error("checks", message)]);
    }
    let value = json!({"photo": photo, "papers": three[..2], "checks": ["id", "fraud"]});
    assert_eq!(form.read(&form.pairs(&value)).unwrap(), value);
    let ids = form.files(&value);
    assert_eq!(ids, pairs(&[("photo", "p"), ("papers", "a"), ("papers", "b")]));
    let hint = |name: &str| form.field(name).and_then(Field::file_hint);
    assert_eq!(hint("papers").as_deref(), Some("JPEG, PNG or PDF, at most 10 MB"));
    assert!(form.takes_files() && hint("checks").is_none());
}

#[test]
fn a_schema_of_files_and_choices_is_held_to_what_can_be_kept() {
    for (path, value, said) in [
        ("/properties/photo/x-types", json!(["image/jpg"]), "Did you mean “image/jpeg”?"),
        ("/properties/photo/x-types", json!([]), "“x-types” names no type."),
        ("/properties/photo/x-max-bytes", json!(10_000_001), "A file can have from 1 byte to 10 MB."),
        ("/properties/photo/format", json!("email"), "“x-types” needs `format: file`."),
        ("/properties/papers/minItems", json!(3), "“maxItems” is less than “minItems”."),
        ("/properties/papers/items/format", json!("email"), "A list holds files, choices or rows."),
        ("/properties/checks/items", json!({"enum": ["a", "a"]}), "The choice “a” stands twice."),
        ("/properties/checks/items", json!({"enum": []}), "There is nothing to choose."),
        ("/properties/papers/items", json!({"properties": {"scan": {"format": "file"}}}), "A row cannot hold a file."),
    ] {
        let mut schema = files();
        let (parent, key) = path.rsplit_once('/').unwrap();
        schema.pointer_mut(parent).unwrap()[key] = value;
        let told = refused(&schema).join("\n");
        assert!(told.contains(said), "{said}\n{told}");
    }
    let told = manifest("{ properties: { photo: { format: file } } }", "{}").unwrap_err();
    assert!(told[0].contains("A channel cannot hold a file."));
}

/// ACT-5
#[test]
fn choices_come_from_an_earlier_output_and_without_one_the_field_is_text() {
    let schema = json!({ "properties": { "kind": { "title": "Kind", "x-choices": "=outputs.kinds" } } });
    let form = params(&schema);
    let offers = |outputs: Value| {
        let form = form.offering(&Names { outputs, ..Names::default() });
        form.fields[0].offers.iter().map(|o| (o.value.clone(), o.title.clone())).collect::<Vec<_>>()
    };
    let kinds =
        json!({"kinds": ["Credit", {"value": 7, "title": "Seven"}, {"title": "no value"}, null, ["x"], "Credit", ""]});
    assert_eq!(offers(kinds), pairs(&[("Credit", "Credit"), ("7", "Seven")]));
    assert_eq!(offers(json!({})), []);
    assert!(matches!(form.fields[0].kind, FieldKind::Text { .. }));
    assert_eq!(form.check(&json!({"kind": "Anything"})), []);
    for (word, said) in [("outputs.kinds", "is no expression"), ("=body.kinds", "“body” is not in scope here.")] {
        let told = refused(&json!({ "properties": { "kind": { "x-choices": word } } })).join("\n");
        assert!(told.contains(said), "{told}");
    }
    let told = refused(&json!({ "properties": { "kind": { "type": "integer", "x-choices": "=outputs.kinds" } } }));
    assert!(told[0].contains("needs a field of one line of text"));
}

/// A property with a value for it, or without.
fn property(deep: bool) -> BoxedStrategy<(Value, Option<Value>)> {
    let word = "[a-z][a-z0-9]{0,8}";
    let leaf = prop_oneof![
        word.prop_map(|w| (json!({"type": "string"}), json!(w))),
        "[a-z]( ?[a-z\n]){0,9}[a-z]".prop_map(|t| (json!({"x-widget": "textarea"}), json!(t))),
        any::<i64>().prop_map(|n| (json!({"type": "integer"}), json!(n))),
        any::<i32>().prop_map(|n| (json!({"type": "number"}), json!(f64::from(n) / 8.0))),
        any::<bool>().prop_map(|b| (json!({"type": "boolean"}), json!(b))),
        word.prop_map(|w| (json!({"x-widget": "json"}), json!({"a": [w, 1, null]}))),
        Just((json!({"format": "date"}), json!("1980-02-29"))),
        Just((json!({"format": "za-id", "x-sensitive": true}), json!("8001015009087"))),
        Just((json!({"enum": ["a", "b"]}), json!("b"))),
    ];
    if !deep {
        return leaf.prop_map(|(schema, value)| (schema, Some(value))).boxed();
    }
    let row = proptest::collection::vec(property(false), 1..4).prop_map(|cells| {
        let (mut schema, mut value) = (json!({}), json!({}));
        for (at, (kind, given)) in cells.into_iter().enumerate() {
            schema[format!("c{at}")] = kind;
            value[format!("c{at}")] = given.unwrap();
        }
        // Something beside boxes, or the row would be none.
        (schema["name"], value["name"]) = (json!({}), json!("n"));
        (json!({"type": "array", "items": {"properties": schema}}), json!([value, value]))
    });
    let several = prop_oneof![
        proptest::sample::subsequence(vec!["a", "b", "c"], 1..=3)
            .prop_map(|some| (json!({"type": "array", "items": {"enum": ["a", "b", "c"]}}), json!(some))),
        word.prop_map(|id| (json!({"format": "file"}), file(&id, "application/pdf", 12))),
        (1..5_u64).prop_map(|n| {
            let list: Vec<_> = (0..n).map(|at| file(&format!("f{at}"), "image/png", at + 1)).collect();
            (json!({"type": "array", "items": {"format": "file"}}), json!(list))
        }),
    ];
    prop_oneof![4 => leaf, 2 => several, 1 => row]
        .prop_flat_map(|(schema, value)| {
            // A box that was never drawn reads as not ticked, so it always has a value.
            let bare = schema["type"] != "boolean";
            (Just(schema), proptest::bool::weighted(0.8), Just(value))
                .prop_map(move |(schema, given, value)| (schema, (given || !bare).then_some(value)))
        })
        .boxed()
}

/// A schema, perhaps with branches, and a value that fits it.
fn schema_and_value() -> impl Strategy<Value = (Value, Value)> {
    let fields = || proptest::collection::vec(property(true), 0..4);
    (fields(), fields(), fields(), 0..4_usize).prop_map(|(base, one, two, chosen)| {
        let (mut schema, mut value) = (json!({"properties": {}, "required": []}), json!({}));
        let add = |prefix: &str, list: &[(Value, Option<Value>)], into: &mut Value, value: Option<&mut Value>| {
            let mut value = value;
            for (at, (kind, given)) in list.iter().enumerate() {
                let name = format!("{prefix}{at}");
                into["properties"][name.as_str()] = kind.clone();
                if let Some(given) = given {
                    into["required"].as_array_mut().unwrap().push(json!(name));
                    if let Some(value) = value.as_deref_mut() {
                        value[name.as_str()] = given.clone();
                    }
                }
            }
        };
        add("f", &base, &mut schema, Some(&mut value));
        if chosen > 0 {
            schema["properties"]["by"] = json!({"enum": ["one", "two", "none"]});
            let mut branches = Vec::new();
            for (at, (word, list)) in [("one", &one), ("two", &two)].into_iter().enumerate() {
                let mut then = json!({"properties": {}, "required": []});
                add("b", list, &mut then, (chosen == at + 1).then_some(&mut value));
                branches.push(json!({"if": {"properties": {"by": {"const": word}}}, "then": then}));
            }
            schema["allOf"] = json!(branches);
            value["by"] = json!(["one", "two", "none"][chosen - 1]);
        }
        (schema, value)
    })
}

/// Any value, the fields of generated schemas among its names.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "one|two|\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("by|[fb][0-3]|c0|id|size|type|name", inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// What can go wrong in a schema: a keyword where it may or may not stand.
fn twist() -> impl Strategy<Value = (usize, &'static str, Value)> {
    let words = [
        "type",
        "format",
        "enum",
        "oneOf",
        "items",
        "anyOf",
        "allOf",
        "minItems",
        "maxItems",
        "required",
        "properties",
        "x-types",
        "x-max-bytes",
        "x-choices",
        "x-sets",
        "default",
        "if",
        "then",
        "const",
        "pattern",
    ];
    (0..40_usize, proptest::sample::select(words.to_vec()), anything())
}

/// Puts `value` at `word` of the `at`th object in `schema`.
fn plant(schema: &mut Value, at: &mut usize, word: &str, value: &Value) {
    match schema {
        Value::Object(pairs) => {
            if *at == 0 {
                pairs.insert(word.to_owned(), value.clone());
            }
            *at = at.wrapping_sub(1);
            pairs.values_mut().for_each(|inner| plant(inner, at, word, value));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| plant(inner, at, word, value)),
        _ => {}
    }
}

static FORMS: LazyLock<[Form; 3]> = LazyLock::new(|| [params(&workflows()), params(&either()), params(&files())]);

proptest! {
    // Each case reads a whole manifest.
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn what_a_form_reads_it_can_draw_and_read_again((schema, value) in schema_and_value()) {
        let form = params(&schema);
        prop_assert_eq!(form.check(&value), []);
        prop_assert_eq!(form.read(&form.pairs(&value)).unwrap(), value.clone());
        prop_assert_eq!(form.complete(&value, &Names::default()), value);
    }

    #[test]
    fn no_schema_that_loads_brings_a_check_or_a_reading_to_fall(
        (schema, _) in schema_and_value(), (mut at, word, planted) in twist(), value in anything(),
        list in proptest::collection::vec(("by|[fb][0-3](\\[[0-9]\\]\\.c0)?|\\PC{0,6}", "one|two|\\{.{0,9}\\}|\\PC{0,6}"), 0..9),
    ) {
        let mut schema = schema;
        plant(&mut schema, &mut at, word, &planted);
        for text in ["{}".to_owned(), schema.to_string()] {
            let Ok(manifest) = manifest(&text, &schema.to_string()) else { continue };
            for form in [&manifest.config, &manifest.action("all").unwrap().form] {
                let _ = form.check(&value);
                let _ = form.files(&form.complete(&value, &Names::default()));
                let _ = form.pairs(&value);
                let _ = form.defaults(&Names::default());
                if let Ok(read) = form.read(&list) {
                    prop_assert_eq!(form.check(&read), []);
                }
            }
        }
        for form in &*FORMS {
            let _ = (form.check(&value), form.read(&list));
        }
    }
}
