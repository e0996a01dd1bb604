//! Roles and what they look like: sixteen colours, true colour or none, and the symbols in two alphabets.
//!
//! In sixteen colours words keep the terminal's own colours; only signs, swatches, rules and the red and magenta
//! alarms are coloured. Fills are a foreground and REVERSED, so that they hold on light and dark backgrounds alike.

use ratatui::style::{Color, Modifier, Style};

/// How a session's terminal can be drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// The colours it shows.
    pub colours: Colours,
    /// Whether only ASCII symbols may be drawn.
    pub ascii: bool,
}

/// The colours of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// Bold, dim, reversed and underlined only (`NO_COLOR`).
    None,
    /// The terminal's own sixteen, on a background that is not known.
    #[default]
    Sixteen,
    /// True colour on a dark background.
    True,
}

/// What a piece of the screen is; the theme says how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// What can be skipped at three in the morning: labels, times.
    Skip,
    /// Strong text; a name that is proven.
    Strong,
    /// The bar of a production run.
    Production,
    /// The word of any other environment.
    Staging,
    /// A filled alarm: failed, log stopped, no-go.
    Alarm,
    /// The sign or word of that alarm without a fill.
    AlarmSign,
    /// A filled alarm: unknown.
    Unknown,
    /// The sign or word of unknown without a fill.
    UnknownSign,
    /// The swatch before a word that asks for a person.
    AskSwatch,
    /// The word after that swatch.
    AskWord,
    /// The swatch or sign of what is under way.
    Now,
    /// The swatch or sign of what is well.
    Well,
    /// The mark of standard error.
    Stderr,
    /// A value that was filled in.
    Value,
    /// A key.
    Key,
    /// The Enter key, when it does something.
    EnterKey,
    /// The selected row of the pane that has the focus.
    Selected,
    /// The selected row of another pane.
    SelectedElsewhere,
    /// A rule between panes.
    Rule,
    /// The rule of the pane that has the focus.
    RuleFocused,
    /// The frame around a step that cannot be taken back on production.
    Danger,
}

impl Look {
    /// Returns the style of `role`.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        match self.colours {
            Colours::None => sixteen(role).fg(Color::Reset),
            Colours::Sixteen => sixteen(role),
            Colours::True => true_colour(role),
        }
    }
}

fn sixteen(role: Role) -> Style {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let fill = bold.add_modifier(Modifier::REVERSED);
    match role {
        Role::Text => plain,
        Role::Skip | Role::Rule => plain.add_modifier(Modifier::DIM),
        Role::Strong | Role::Key | Role::SelectedElsewhere | Role::RuleFocused => bold,
        Role::Production | Role::Alarm => fill.fg(Color::Red),
        Role::Staging | Role::Now => plain.fg(Color::Cyan),
        Role::AlarmSign | Role::Danger => bold.fg(Color::Red),
        Role::Unknown => fill.fg(Color::Magenta),
        Role::UnknownSign => bold.fg(Color::Magenta),
        Role::AskSwatch | Role::Stderr => plain.fg(Color::Yellow),
        Role::AskWord | Role::Selected => fill,
        Role::Well => plain.fg(Color::Green),
        Role::Value => bold.add_modifier(Modifier::UNDERLINED),
        Role::EnterKey => plain.add_modifier(Modifier::REVERSED),
    }
}

fn true_colour(role: Role) -> Style {
    let on = |fg: u32| Style::new().fg(Color::from_u32(fg));
    let bold = |fg: u32| on(fg).add_modifier(Modifier::BOLD);
    match role {
        Role::Text => Style::new(),
        Role::Skip | Role::Rule => on(0x8a_93_a3),
        Role::Strong | Role::Key => bold(0xf0_f3_f8),
        Role::SelectedElsewhere | Role::RuleFocused => Style::new().add_modifier(Modifier::BOLD),
        Role::Production => bold(0xff_ff_ff).bg(Color::from_u32(0xb3_26_1e)),
        Role::Staging => on(0x9f_d8_c4),
        Role::Alarm => bold(0xff_ff_ff).bg(Color::from_u32(0xc9_3a_33)),
        Role::AlarmSign => bold(0xff_7b_72),
        Role::Danger => bold(0xb3_26_1e),
        Role::Unknown => bold(0x16_0a_22).bg(Color::from_u32(0xd2_a8_ff)),
        Role::UnknownSign => bold(0xd2_a8_ff),
        Role::AskSwatch | Role::Stderr => on(0xe8_b9_4a),
        Role::AskWord => bold(0x1c_15_03).bg(Color::from_u32(0xe8_b9_4a)),
        Role::Now => on(0x6c_c7_e6),
        Role::Well => on(0x7f_d0_8a),
        Role::Value => bold(0xf2_cc_8f).add_modifier(Modifier::UNDERLINED),
        Role::EnterKey => on(0x10_14_1c).bg(Color::from_u32(0xd7_dd_e8)),
        Role::Selected => Style::new().bg(Color::from_u32(0x2f_3b_52)).add_modifier(Modifier::BOLD),
    }
}
