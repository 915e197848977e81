//! The operator's folder of providers: what is dropped in appears, and what is broken harms nothing.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use dossier_connector::{Origin, Problem, Providers, Registry};
use tempfile::TempDir;

static BUILT_IN: LazyLock<Registry> = LazyLock::new(|| Registry::built_in().unwrap());

/// A small manifest that is in order.
fn small(key: &str, version: &str) -> String {
    format!(
        r#"manifest: 1
key: {key}
name: Provider {key}
version: "{version}"
description: A small provider
module: kyc-small
config: {{ properties: {{ url: {{ title: URL, type: string, format: uri }} }} }}
actions:
  - key: look
    label: Look
    category: Things
    effect: read
    verified: assumed
    steps: [{{ name: look, request: {{ method: GET, url: "{{config.url}}/things" }} }}]
"#
    )
}

/// An operator's folder, and who looks at it.
struct Place {
    folder: TempDir,
    registry: Registry,
}

impl Place {
    /// A folder that is empty at the start.
    fn open() -> Self {
        Self::with(&[])
    }

    /// A folder with these manifests at the start.
    fn with(manifests: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in manifests {
            fs::create_dir_all(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("provider.yaml"), text).unwrap();
        }
        let registry = BUILT_IN.with_folder(folder.path());
        Self { folder, registry }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).join("provider.yaml")
    }

    fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.folder.path().join(name)).unwrap();
        fs::write(self.file(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_dir_all(self.folder.path().join(name)).unwrap();
    }

    /// Looks until what has changed was seen to stand still.
    fn settle(&self) {
        self.registry.refresh();
        self.registry.refresh();
    }

    /// The providers that the folder adds; the built-in ones are always there too.
    fn added(&self) -> Vec<String> {
        assert!(BUILT_IN.list().all(|built_in| self.registry.get(&built_in.key).is_some()));
        let keys = self.registry.list().map(|manifest| manifest.key.clone());
        keys.filter(|key| BUILT_IN.get(key).is_none()).collect()
    }

    fn version(&self, key: &str) -> Option<String> {
        self.registry.get(key).map(|manifest| manifest.version.clone())
    }
}

/// The only problem of the only refused file.
fn refusal(providers: &Providers) -> (&str, &Problem, Option<&str>) {
    let [refusal] = providers.refused() else { panic!("one is refused: {:?}", providers.refused()) };
    let [problem] = &refusal.problems[..] else { panic!("one problem: {:?}", refusal.problems) };
    (&refusal.file, problem, refusal.serving.as_deref())
}

#[test]
fn a_provider_that_is_dropped_in_appears_and_one_that_is_removed_goes() {
    let place = Place::open();
    assert!(place.added().is_empty());
    let before = place.registry.now();
    place.put("acme", small("acme", "1"));
    place.settle();
    assert_eq!(place.added(), ["acme"]);
    let now = place.registry.now();
    assert_eq!(now.list().next().unwrap().origin, Origin::Folder("acme".to_owned()));
    assert_eq!(before.list().count(), BUILT_IN.list().count(), "a set that was taken stays as it is");

    place.put("acme", small("acme", "2"));
    place.settle();
    assert_eq!(place.version("acme").unwrap(), "2");

    place.remove("acme");
    place.settle();
    assert!(place.added().is_empty());
    assert_eq!(place.registry.now().refused(), []);
}

#[test]
fn what_is_there_at_the_start_is_there_at_once() {
    let place = Place::with(&[("acme", &small("acme", "1")), ("broken", "manifest: 1\n")]);
    assert_eq!(place.added(), ["acme"]);
    assert_eq!(place.registry.now().refused().len(), 1);
}

#[test]
fn a_file_that_is_still_being_written_is_left_alone() {
    let place = Place::with(&[("acme", &small("acme", "1"))]);
    place.settle();
    // Each of these is a manifest in order, and none of them is what its author is about to save.
    for actions in 1..4 {
        place.put("acme", small("acme", &"2".repeat(actions)));
        place.registry.refresh();
        assert_eq!(place.version("acme").unwrap(), "1");
    }
    place.registry.refresh();
    assert_eq!(place.version("acme").unwrap(), "222", "once it stands still it is taken up");
}

#[test]
fn a_folder_that_is_renamed_is_never_missed() {
    let place = Place::with(&[("acme", &small("acme", "1"))]);
    place.settle();
    fs::rename(place.folder.path().join("acme"), place.folder.path().join("better")).unwrap();
    place.registry.refresh();
    assert_eq!(place.version("acme").unwrap(), "1", "at the first look it may be on its way");
    place.registry.refresh();
    let now = place.registry.now();
    assert_eq!(now.list().next().unwrap().origin, Origin::Folder("better".to_owned()));
    assert_eq!(now.refused(), []);
}

#[test]
fn a_broken_one_is_reported_with_its_place_while_what_was_read_before_serves() {
    let place = Place::with(&[("acme", &small("acme", "1")), ("other", &small("other", "1"))]);
    place.settle();
    let text = small("acme", "2").replace("    label: Look", "    lable: Look");
    place.put("acme", &text);
    place.put("other", small("other", "2"));
    place.settle();
    let now = place.registry.now();
    let [refused] = now.refused() else { panic!("{:?}", now.refused()) };
    assert_eq!((refused.file.as_str(), refused.serving.as_deref()), ("acme/provider.yaml", Some("1")));
    let said = refused.problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(
        said.iter().any(|problem| problem.starts_with("10:5: ") && problem.ends_with("Did you mean “label”?")),
        "{said:?}"
    );
    assert!(now.list().any(|provider| provider.manifest.key == "acme" && provider.earlier));
    assert_eq!((place.version("acme").unwrap(), place.version("other").unwrap()), ("1".to_owned(), "2".to_owned()));

    place.put("acme", small("acme", "3"));
    place.settle();
    assert_eq!(place.version("acme").unwrap(), "3");
    assert_eq!(place.registry.now().refused(), []);

    // What nobody has read before has nothing that could serve.
    let other = Place::with(&[("acme", &text)]);
    assert!(other.added().is_empty());
    assert_eq!(other.registry.now().refused()[0].serving, None);
}

#[test]
fn a_manifest_with_the_key_of_a_built_in_one_stands_in_its_place_until_it_is_removed() {
    let built_in = BUILT_IN.get("intouch").unwrap();
    let place = Place::with(&[(
        "mine",
        &built_in.text.replace(&format!("version: \"{}\"", built_in.version), "version: \"9\""),
    )]);
    let origin = |place: &Place| {
        let now = place.registry.now();
        now.list().find(|provider| provider.manifest.key == "intouch").unwrap().origin.clone()
    };
    assert_eq!(origin(&place), Origin::Override("mine".to_owned()));
    assert_eq!(place.version("intouch").unwrap(), "9");
    place.settle();

    place.put("mine", "key: intouch\n");
    place.settle();
    assert_eq!(place.version("intouch").unwrap(), "9", "broken, the last good one serves");
    let restarted = BUILT_IN.with_folder(place.folder.path());
    assert_eq!(restarted.get("intouch").unwrap().digest, built_in.digest, "after a restart, the built-in one");

    place.remove("mine");
    place.settle();
    assert_eq!(origin(&place), Origin::BuiltIn);
    assert_eq!(place.registry.get("intouch").unwrap().digest, built_in.digest);
}

#[test]
fn of_two_folders_with_one_key_the_one_that_serves_goes_on() {
    let place = Place::with(&[("second", &small("acme", "1"))]);
    place.settle();
    place.put("first", small("acme", "2"));
    place.settle();
    assert_eq!(place.version("acme").unwrap(), "1");
    let now = place.registry.now();
    let (file, problem, serving) = refusal(&now);
    assert_eq!((file, serving), ("first/provider.yaml", None));
    let said = "2:6: The key “acme” is taken by second/provider.yaml. Give one of the two another key, or remove one of the folders.";
    assert_eq!(problem.to_string(), said);

    place.put("second", "broken");
    place.settle();
    assert_eq!(place.version("acme").unwrap(), "1", "the last good one keeps its place");
    place.remove("second");
    place.settle();
    assert_eq!(place.version("acme").unwrap(), "2");
    assert_eq!(place.registry.now().refused(), []);

    let both = Place::with(&[("b", &small("acme", "1")), ("a", &small("acme", "2"))]);
    assert_eq!(both.version("acme").unwrap(), "2", "at the start the first by name");
}

#[test]
fn odd_files_are_refused_in_a_sentence_and_harm_no_other() {
    let place = Place::with(&[("acme", &small("acme", "1"))]);
    place.put("huge", "x".repeat(1_000_001));
    let mut latin = small("latin", "1").into_bytes();
    latin.extend(b"# Z\xe9\n");
    place.put("latin", &latin);
    fs::create_dir_all(place.file("nested")).unwrap();
    place.put("empty", "");
    // None of these is a provider.
    fs::create_dir(place.folder.path().join("notes")).unwrap();
    fs::write(place.folder.path().join("README.md"), "words").unwrap();
    place.put(".half-copied", small("half", "1"));
    place.settle();
    let now = place.registry.now();
    let first = now.refused().iter().map(|refusal| (refusal.file.as_str(), refusal.problems[0].to_string()));
    let said: Vec<_> = first.collect();
    assert_eq!(
        said[1..],
        [
            ("huge/provider.yaml", "0:0: The file has more than 1000000 bytes. Make it smaller.".to_owned()),
            ("latin/provider.yaml", "15:4: This is not text in UTF-8. Save the file as UTF-8.".to_owned()),
            (
                "nested/provider.yaml",
                "0:0: provider.yaml is not a file. Put the manifest itself there, or a link to it.".to_owned()
            ),
        ]
    );
    assert_eq!(said[0].0, "empty/provider.yaml");
    assert_eq!(place.added(), ["acme"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_those_that_lead_nowhere_or_in_a_circle_harm_nobody() {
    use std::os::unix::fs::symlink;
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("provider.yaml"), small("linked", "1")).unwrap();
    let place = Place::with(&[("acme", &small("acme", "1"))]);
    let at = |name: &str| place.folder.path().join(name);
    symlink(elsewhere.path(), at("linked")).unwrap();
    symlink(at("circle"), at("circle")).unwrap();
    for name in ["dangling", "device", "pipe"] {
        fs::create_dir(at(name)).unwrap();
    }
    symlink("/nowhere/provider.yaml", place.file("dangling")).unwrap();
    symlink("/dev/zero", place.file("device")).unwrap();
    // To open a pipe that nobody writes to would wait for ever.
    assert!(std::process::Command::new("mkfifo").arg(place.file("pipe")).status().unwrap().success());
    place.settle();
    assert_eq!(place.added(), ["acme", "linked"]);
    let now = place.registry.now();
    let files: Vec<_> = now.refused().iter().map(|refusal| refusal.file.split('/').next().unwrap()).collect();
    assert_eq!(files, ["circle", "dangling", "device", "pipe"]);
    let said: Vec<_> = now.refused().iter().map(|refusal| refusal.problems[0].message.as_str()).collect();
    assert!(said[..2].iter().all(|said| said.starts_with("The file cannot be read: ")), "{said:?}");

    fs::write(elsewhere.path().join("provider.yaml"), small("linked", "2")).unwrap();
    fs::write(at("text"), small("mended", "1")).unwrap();
    fs::remove_file(place.file("dangling")).unwrap();
    symlink(at("text"), place.file("dangling")).unwrap();
    place.settle();
    assert_eq!((place.version("linked").unwrap(), place.version("mended").unwrap()), ("2".to_owned(), "1".to_owned()));
}

/// A change of the same length, with the old time put back, as `cp -p` and `rsync -t` leave it.
#[cfg(unix)]
#[test]
fn a_change_that_looks_like_none_is_seen() {
    let place = Place::with(&[("acme", &small("acme", "1"))]);
    place.settle();
    let then = fs::metadata(place.file("acme")).unwrap().modified().unwrap();
    place.put("acme", small("acme", "2"));
    let file = fs::File::options().write(true).open(place.file("acme")).unwrap();
    file.set_modified(then).unwrap();
    place.settle();
    assert_eq!(place.version("acme").unwrap(), "2");
}

#[test]
fn a_folder_that_vanishes_takes_nothing_with_it() {
    let place = Place::with(&[("acme", &small("acme", "1")), ("broken", "x")]);
    place.settle();
    let refused = place.registry.now().refused().to_vec();
    let away = place.folder.path().with_extension("away");
    fs::rename(place.folder.path(), &away).unwrap();
    place.settle();
    let now = place.registry.now();
    assert!(now.is_unreadable());
    assert_eq!((place.added(), now.refused()), (vec!["acme".to_owned()], &refused[..]));

    fs::rename(&away, place.folder.path()).unwrap();
    place.remove("acme");
    place.settle();
    assert!(!place.registry.now().is_unreadable());
    assert!(place.added().is_empty(), "once it is back, what is missing is gone");
}

#[test]
fn without_a_folder_there_is_nothing_to_look_at() {
    BUILT_IN.refresh();
    assert!(!BUILT_IN.changes() && BUILT_IN.with_folder("/nowhere").changes());
    assert!(BUILT_IN.with_folder("/nowhere").now().is_unreadable());
    assert!(BUILT_IN.now().list().all(|provider| provider.origin == Origin::BuiltIn));
}
