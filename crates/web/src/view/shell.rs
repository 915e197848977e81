//! What stands around every page.

use super::Icon;

/// The colours that a person chose; a cookie named `theme` keeps them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of the person's own machine.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Every one, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Reads a cookie or a form field; any other word is the system's.
    pub fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The word of cookies, forms and `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The person's name.
    pub name: String,
    /// The labels of the person's roles, joined: `KYC Manager`.
    pub role: String,
}

impl User {
    /// The first letters of the first and the last word of the name; a word without letter or digit does not count.
    pub fn initials(&self) -> String {
        let mut firsts = self.name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
        [firsts.next(), firsts.next_back()].into_iter().flatten().flat_map(char::to_uppercase).collect()
    }
}

/// One line of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where it is.
    pub href: &'static str,
    /// The picture beside its word.
    pub icon: Icon,
    /// What it is called.
    pub word: &'static str,
}

/// What every page shares: who is looking, at which tenant, in which colours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shell {
    /// The tenant's name; none where it is not known yet, as at sign-in.
    pub tenant: Option<String>,
    /// Who is signed in. With none the page stands alone, without navigation.
    pub user: Option<User>,
    /// Whether the product is closed to the person, who then sees nothing of it in the navigation (ACCESS-3, TENANT-3).
    pub closed: bool,
    /// Where the news of the tenant stood before this page was read, for pages that follow it: empty when that is not
    /// known, none for whoever does not get any.
    pub news: Option<String>,
    /// What stands under Settings and is open to the person, in its order.
    pub settings: Vec<Setting>,
    /// The chosen colours.
    pub theme: Theme,
    /// Whether the person switched single keys off (WCAG 2.1.4).
    pub no_shortcuts: bool,
    /// Whether this installation talks to the simulated provider only.
    pub simulated: bool,
    /// Path and query of this page; the theme form leads back to it (field `back` of `POST /theme`).
    pub here: String,
}

impl Shell {
    /// What `aria-current` says of a setting: `page` on its own page, `true` on the pages under it.
    pub(super) fn current(&self, setting: &Setting) -> Option<&'static str> {
        let here = self.here.split('?').next().unwrap_or_default();
        match here.strip_prefix(setting.href)? {
            "" => Some("page"),
            below => below.starts_with('/').then_some("true"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, initials) in [
            ("Thandeka Mkhize", "TM"),
            ("Pieter van Rensburg", "PR"),
            ("Zoë", "Z"),
            ("", ""),
            ("éa ßo", "ÉSS"),
            ("<b> & (Lee)", "BL"),
        ] {
            assert_eq!(User { name: name.to_owned(), role: String::new() }.initials(), initials);
        }
    }

    /// NAV-1
    #[test]
    fn the_setting_that_is_looked_at_is_marked_and_no_other() {
        let setting = Setting { href: "/settings/audit", icon: crate::view::icon("shield"), word: "Audit log" };
        let marked = |here: &str| Shell { here: here.to_owned(), ..Shell::default() }.current(&setting);
        assert_eq!((marked("/settings/audit"), marked("/settings/audit?who=a")), (Some("page"), Some("page")));
        assert_eq!(marked("/settings/audit/7?x=1"), Some("true"));
        assert_eq!((marked("/settings/auditors"), marked("/requests?a=/settings/audit")), (None, None));
    }

    #[test]
    fn a_theme_reads_back_and_nonsense_is_the_systems() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str()), theme);
        }
        assert_eq!(Theme::parse("\"><script>"), Theme::System);
    }
}
