//! Data::Dumper's text read: what the original printed, what it could print, and what is none of it.

mod support;

use nuncio_codec::perl::{Decoder, Strings};
use nuncio_codec::{Codec, DecodeLimits, Error, ErrorKind, Value};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use self::support::typed::{normalized, typed};
use self::support::{Case, cases};

fn recorded() -> Vec<Case> {
    cases(include_str!("vectors/dumper.json"))
}

#[test]
fn every_recorded_text_has_the_recorded_value() {
    let cases = recorded();
    for case in &cases {
        let expected = normalized(expected(case, &cases));
        assert_eq!(typed(Codec::Dumper, &case.bytes), Ok(expected), "{}", case.id);
    }
}

/// What a recorded text is to be read as: what the original made of it, but for what is said here.
fn expected(case: &Case, cases: &[Case]) -> Json {
    let (style, shape) = case.id.split_once('/').expect("a style and a shape");
    match (style, shape) {
        // These were characters, and were encoded when they were recorded. What is read is bytes, so nothing undoes it.
        ("useperl", "hash-utf8-keys") => encoded_keys(),
        ("useperl", "regexp-utf8") => json!({"regexp": "â\u{98}\u{83}+", "flags": "u"}),
        ("queue", "undef-bools/dumper") => with_repeated_boolean(case),
        // Perl has no such operator as this style separates keys by; what it meant is clear.
        ("pair-comma", _) if case.typed.is_err() => {
            let twin = cases.iter().find(|twin| twin.typed.is_ok() && twin.id.ends_with(&format!("/{shape}")));
            let twin = twin.expect("the same in a style that Perl can evaluate");
            twin.typed.clone().expect("it was looked for")
        }
        ("purity" | "deepcopy", "shared-ref") | ("purity", _) => case.typed.clone().expect("Perl reads it"),
        _ => resolved(shape).unwrap_or_else(|| case.typed.clone().expect("Perl reads it")),
    }
}

/// What a shape is in which something refers to what is elsewhere, as Sereal and Storable have it. When Perl evaluates
/// the text such a reference is nothing, for the variable is assigned only afterwards.
fn resolved(shape: &str) -> Option<Json> {
    let number = |number: &str| json!({ "int": number });
    let key = |key: &str| json!({"bytes": key.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()});
    let same = || json!({"same": 1});
    Some(match shape {
        "alias" => json!({"array": [{"int": "1", "aliased": true, "id": 1}, same(), number("2")]}),
        "blessed-shared" => {
            let object = json!({"hash": [[key("a"), number("1")]], "blessed": "My::Class", "id": 1});
            json!({"array": [object, same()]})
        }
        "cycle-array" => json!({"array": [number("1"), same()], "id": 1}),
        "cycle-hash" => json!({"hash": [[key("n"), number("1")], [key("self"), same()]], "id": 1}),
        "cycle-two" | "weak-parent" => {
            let child = json!({"hash": [[key("name"), key("c")], [key("parent"), same()]]});
            json!({"hash": [[key("child"), child], [key("name"), key("p")]], "id": 1})
        }
        "ref-to-element" => {
            let elements = json!({"array": [number("1"), number("2"), number("3")]});
            json!({"array": [elements, {"scalarref": number("2")}]})
        }
        "ref-to-hash-value" => json!({"array": [{"hash": [[key("k"), key("v")]]}, {"scalarref": key("v")}]}),
        "shared-array-in-array" => json!({"array": [{"hash": [[key("x"), number("1")]], "id": 1}, same(), same()]}),
        "shared-ref" => {
            let shared = json!({"array": [number("1"), number("2")], "id": 1});
            json!({"hash": [[key("a"), shared], [key("b"), same()]]})
        }
        "weak-only" => {
            let strong = json!({"array": [number("7")], "id": 1});
            json!({"hash": [[key("strong"), strong], [key("weak"), same()]]})
        }
        _ => return None,
    })
}

fn encoded_keys() -> Json {
    json!({"hash": [
        [{"bytes": "636166c3a9"}, {"int": "1"}],
        [{"text": "ключ"}, {"text": "значение"}],
        [{"text": "☃"}, null],
    ]})
}

/// The message in which the object for true stands twice, the second time as a path.
fn with_repeated_boolean(case: &Case) -> Json {
    let mut view = case.typed.clone().expect("Perl reads it");
    let entries = view["hash"].as_array_mut().expect("a message is a hash");
    let repeated = entries.iter_mut().find(|entry| entry[0] == json!({"bytes": "74"})).expect("the key t");
    repeated[1] = json!({"bool": true});
    view
}

fn read<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, Error> {
    Codec::Dumper.decode(text, &DecodeLimits::default())
}

fn view(text: &str) -> Json {
    typed(Codec::Dumper, text.as_bytes()).unwrap_or_else(|reason| panic!("{text}: {reason}"))
}

/// Why `text` is refused: the error and its source.
fn refusal(text: &str) -> String {
    typed(Codec::Dumper, text.as_bytes()).expect_err(text)
}

#[test]
fn paths_lead_to_what_was_written() {
    let one = || json!({"int": "1"});
    let five = || json!({"int": "5"});
    for (text, expected) in [
        ("$VAR1 = [\\5,$VAR1->[0]];", json!({"array": [{"scalarref": five(), "id": 1}, {"same": 1}]})),
        ("$VAR1 = [\\5,\\$VAR1->[0]];", json!({"array": [{"scalarref": five(), "id": 1}, {"scalarref": {"same": 1}}]})),
        ("$VAR1 = [\\[1],${$VAR1->[0]}];", json!({"array": [{"scalarref": {"array": [one()], "id": 1}}, {"same": 1}]})),
        ("$VAR1 = [5,${\\$VAR1->[0]}];", json!({"array": [{"int": "5", "aliased": true, "id": 1}, {"same": 1}]})),
        ("$VAR1 = [\\$VAR1->[0],$VAR1->[0]];", json!({"array": [{"scalarref": {"same": 1}, "id": 1}, {"same": 1}]})),
        ("[[1],$VAR1->[0]]", json!({"array": [{"array": [one()], "id": 1}, {"same": 1}]})),
        ("$x = [qr/a/,$x->[0]];", json!({"array": [{"regexp": "a", "flags": "", "id": 1}, {"same": 1}]})),
        ("@z = ([1],$z[0],\\@z);", json!({"array": [{"array": [one()], "id": 2}, {"same": 2}, {"same": 1}], "id": 1})),
        (
            "%z = ('a' => [1],'b' => {}); $z{'b'} = $z{'a'};",
            json!({"hash": [
                [{"bytes": "61"}, {"array": [one()], "id": 1}],
                [{"bytes": "62"}, {"same": 1}],
            ]}),
        ),
        (
            "$VAR1 = [\\do{my $o},do{my $o}];\n${$VAR1->[0]} = $VAR1->[0];\n$VAR1->[1] = $VAR1->[0];\n",
            json!({"array": [{"scalarref": {"same": 1}, "id": 1}, {"same": 1}]}),
        ),
        (
            "$VAR1 = {'a' => \\'s','c' => \\do{my $o}};${$VAR1->{'c'}} = $VAR1->{'a'};",
            json!({"hash": [
                [{"bytes": "61"}, {"scalarref": {"bytes": "73"}, "id": 1}],
                [{"bytes": "63"}, {"scalarref": {"same": 1}}],
            ]}),
        ),
        (
            "$VAR1 = {\"\\x{263a}\" => [1],'caf\u{e9}' => $VAR1->{\"\\x{263a}\"}};",
            json!({"hash": [
                [{"bytes": "636166c3a9"}, {"array": [one()], "id": 1}],
                [{"text": "\u{263a}"}, {"same": 1}],
            ]}),
        ),
        (
            "$VAR1 = bless( {'s' => bless( do{\\(my $o = 7)}, 'N' ),'u' => bless( do{\\(my $o = $VAR1->{'s'})}, 'R' )}, 'F' );",
            json!({"blessed": "F", "hash": [
                [{"bytes": "73"}, {"blessed": "N", "scalarref": {"int": "7"}, "id": 1}],
                [{"bytes": "75"}, {"blessed": "R", "scalarref": {"same": 1}}],
            ]}),
        ),
    ] {
        assert_eq!(view(text), expected, "{text}");
    }
}

#[test]
fn literals_are_read_in_every_style() {
    for (text, expected) in [
        ("5", json!({"int": "5"})),
        (" \n$VAR1\n=\t-17 ; ;\n", json!({"int": "-17"})),
        ("$obj = undef;", json!(null)),
        ("9999999999", json!({"int": "9999999999"})),
        ("-9223372036854775808", json!({"int": "-9223372036854775808"})),
        ("18446744073709551615", json!({"int": "18446744073709551615"})),
        ("18446744073709551616", json!({"float": "1.84467440737096e+19", "bits": "43f0000000000000"})),
        ("0.5", json!({"float": "0.5", "bits": "3fe0000000000000"})),
        ("'\\a\\\\\\'\"$x@y'", json!({"bytes": "5c615c2722247840" .to_owned() + "79"})),
        (
            "\"\\a\\b\\t\\n\\f\\r\\e\\0\\033\\3770\\\\\\\"\\$\\@'\"",
            json!({"bytes": "0708090a0c0d1b001bff305c22244027"}),
        ),
        ("\"\\x{e9}\"", json!({"bytes": "e9"})),
        ("\"\\351\\x{263a}\u{1}\"", json!({"text": "é\u{263a}\u{1}"})),
        ("!!1", json!({"bool": true})),
        ("!!0", json!({"bool": false})),
        ("v1.22.333", json!({"text": "\u{1}\u{16}\u{14d}"})),
        ("v65", json!({"bytes": "41"})),
        ("1.2.3", json!({"bytes": "010203"})),
        ("[\n  #0\n  1,\n  #1\n  [],\n]", json!({"array": [{"int": "1"}, {"array": []}]})),
        ("\\\\undef", json!({"scalarref": {"scalarref": null}})),
        ("\\do{my $o}", json!({"scalarref": null})),
        ("qr/a\\/b$|${\\q($)}x@/msix", json!({"regexp": "a\\/b$|$x@", "flags": "msix"})),
        ("bless( qr/x/, 'Re' )", json!({"regexp": "x", "flags": "", "blessed": "Re"})),
        ("bless([],'A\\'b')", json!({"array": [], "blessed": "A'b"})),
        ("bless( \\'a', 'S' )", json!({"scalarref": {"bytes": "61"}, "blessed": "S"})),
        ("bless( do{\\(my $o = 0)}, 'JSON::PP::Boolean' )", json!({"bool": false})),
        ("bless( do{\\(my $o = '')}, 'boolean' )", json!({"bool": false})),
    ] {
        assert_eq!(view(text), expected, "{text}");
    }
}

#[test]
fn keys_are_separated_from_values_as_dumper_was_told() {
    let expected = json!({"hash": [
        [{"bytes": "2d35"}, {"int": "2"}],
        [{"bytes": "3130"}, {"int": "3"}],
        [{"bytes": "756e646566"}, {"int": "1"}],
    ]});
    for pair in [" => ", "=>", ": ", ":", ",", " , ", "\n=>\n", " = "] {
        let text = format!("{{undef{pair}1,-5{pair}2,\"10\"{pair}3}}");
        assert_eq!(view(&text), expected, "{text}");
    }
    assert_eq!(view("{a => 1, 'a' => 2}"), json!({"hash": [[{"bytes": "61"}, {"int": "2"}]]}));
}

/// What Dumper does not print, some of it for evaluating would run something.
const REFUSED: &[&str] = &[
    "",
    "$VAR1",
    "$VAR1 =",
    "$VAR1 = $VAR2;",
    "$VAR1 = 1; $VAR2 = 2;",
    "$VAR1 = 1; print;",
    "my $VAR1 = 1;",
    "$VAR1 = 1 + 1;",
    "$VAR1 = - 1;",
    "$VAR1 = +1;",
    "$VAR1 = 'a' . 'b';",
    "$VAR1 = 'a' 'b';",
    "$VAR1 = system('true');",
    "$VAR1 = `true`;",
    "$VAR1 = <<EOT;\na\nEOT\n",
    "$VAR1 = <STDIN>;",
    "$VAR1 = word;",
    "$VAR1 = q(a);",
    "$VAR1 = do{ 1 };",
    "$VAR1 = do{\\(my $o = 1); 2};",
    "$VAR1 = sub { 1 };",
    "$VAR1 = \\&code;",
    "$VAR1 = *::STDOUT;",
    "$VAR1 = \\*{'::a b'};",
    "$VAR1 = \"$ENV{PATH}\";",
    "$VAR1 = \"@{[1]}\";",
    "$VAR1 = \"\\N{SNOWMAN}\";",
    "$VAR1 = \"\\x41\";",
    "$VAR1 = \"\\x{d800}\";",
    "$VAR1 = \"\\x{110000}\";",
    "$VAR1 = \"\\x{+1}\";",
    "$VAR1 = \"\\u\";",
    "$VAR1 = 'a",
    "$VAR1 = 'a\\",
    "$VAR1 = qr/$x/;",
    "$VAR1 = qr/@{[1]}/;",
    "$VAR1 = qr/a/e;",
    "$VAR1 = qr/a",
    "$VAR1 = 007;",
    "$VAR1 = 0x1f;",
    "$VAR1 = 1_000;",
    "$VAR1 = 1e;",
    "$VAR1 = v;",
    "$VAR1 = v1..2;",
    "$VAR1 = v1.2147483648;",
    "$VAR1 = !!2;",
    "$VAR1 = !1;",
    "$VAR1 = (1);",
    "@VAR1 = [1];",
    "%VAR1 = (1);",
    "$VAR1 = [1,,2];",
    "$VAR1 = [,];",
    "$VAR1 = [1 2];",
    "$VAR1 = [1};",
    "$VAR1 = {1};",
    "$VAR1 = {1 => };",
    "$VAR1 = {-a => 1};",
    "$VAR1 = {007 => 1};",
    "$VAR1 = {[] => 1};",
    "$VAR1 = [1] # a comment\n;",
    "$VAR1 = bless( 5, 'X' );",
    "$VAR1 = bless( 'a', 'X' );",
    "$VAR1 = bless( [] );",
    "$VAR1 = bless( [], X );",
    "$VAR1 = bless( [], 'X' )->thaw();",
    "$VAR1 = [$VAR1->[5]];",
    "$VAR1 = [$VAR1->{'a'}];",
    "$VAR1 = [$VAR1->[-1]];",
    "$VAR1 = [$VAR1->method];",
    "$VAR1 = [$VAR1[0]];",
    "$VAR1 = [5,$OTHER->[0]];",
    "$VAR1 = [[1],$VAR1->[0],$VAR1->[1]];",
    "$VAR1 = [$VAR1->[1],$VAR1->[0]];",
    "$VAR1 = [${$VAR1->[1]},5];",
    "@z = (1,$z->[0]);",
    "$VAR1 = [1,2]; $VAR1->[0] = $VAR1->[1];",
    "$VAR1 = [[],[1]]; $VAR1->[0] = 5;",
    "$VAR1 = [[],[1]]; $VAR1->[0] = $VAR1->[1]",
];

#[test]
fn anything_else_is_refused() {
    for text in REFUSED {
        assert!(typed(Codec::Dumper, text.as_bytes()).is_err(), "{text}: {:?}", typed(Codec::Dumper, text.as_bytes()));
    }
}

#[test]
fn a_refusal_says_where_and_what() {
    for (text, reason) in [
        ("$VAR1 = {'a' => [1, x]};", "at byte 20, in {\"a\"}[1]: expected a value, found \"x]};\""),
        ("$VAR1 = [1", "at byte 10: expected \",\" or \"]\", found the end of the text"),
        ("$VAR1 = 1; 2", "at byte 11: expected the end of the text, found \"2\""),
        ("$VAR1 = [\"$x\"];", "at byte 10, in [0]: expected a string that interpolates nothing, found \"$\" in one"),
        ("$VAR1 = [\"\\y\"];", "at byte 10, in [0]: expected an escape as Dumper prints it, found \"\\y\""),
        ("$VAR1 = [\\*::X];", "at byte 10, in [0]: expected data, found a glob"),
        ("$VAR1 = [sub { 1 }];", "at byte 9, in [0]: expected data, found a function"),
        ("[$VAR1->[7]]", "at byte 1, in [0]: expected a path to what is in the text, found one to what is not"),
    ] {
        assert!(refusal(text).ends_with(reason), "{text}: {}", refusal(text));
    }
}

#[test]
fn cycles_are_refused_with_their_path() {
    for (text, path) in [
        ("$VAR1 = {'n' => 1,'self' => $VAR1};", "in {\"self\"}"),
        ("$VAR1 = {'n' => 1,'self' => {}};\n$VAR1->{'self'} = $VAR1;", "in {\"self\"}"),
        ("$VAR1 = [{'up' => $VAR1->[0]}];", "in [0]{\"up\"}"),
        ("$VAR1 = bless( [$VAR1], 'X' );", "in [0]"),
        ("$VAR1 = \\$VAR1;", "at byte 8"),
        // That there are paths is noticed only where the first one is.
        ("$VAR1 = {\n  'n' => [1],\n  'self' => $VAR1\n};\n", "in {\"self\"}"),
        ("$VAR1 = [\n  {'n' => [\n    [0],\n    $VAR1->[0]\n    ]\n  }\n];\n", "in [0]{\"n\"}[1]"),
        ("$VAR1 = [\n  \\bless( {'n' => \\$VAR1->[0]}, 'X' )\n];\n", "in [0]{\"n\"}{\"n\"}"),
        ("$VAR1 = [\n  \\bless( {'n' => ${$VAR1->[0]}}, 'X' )\n];\n", "in [0]{\"n\"}"),
        ("$VAR1 = [\n  [[1]],\n  [$VAR1->[0],$VAR1->[1]]\n];\n", "in [1][1]"),
        ("[\n  [$VAR1->[1]],\n  [[$VAR1->[0]]]\n]\n", "in [0][0][0][0]"),
    ] {
        let error = read::<Value>(text.as_bytes()).unwrap_err();
        let reason = std::error::Error::source(&error).expect("a reason").to_string();
        let place = reason.split(": a cycle").next().expect("a split has a first part");
        let commented = read::<Value>(format!("{text}#0\n").as_bytes()).unwrap_err();
        let same = std::error::Error::source(&commented).expect("a reason").to_string();
        assert!(same == reason || !text.ends_with('\n'), "{text}: {reason}, {same}");
        assert!(reason.contains(": a cycle") && place.ends_with(path), "{text}: {reason}");
    }
}

#[test]
fn what_is_wrong_behind_the_first_path_is_not_said_to_be_in_it() {
    for text in ["$VAR1 = [\n  [1],\n  [$VAR1->[0]],\n  x\n];\n", "$VAR1 = [\n  [1],\n  [$VAR1->[0]]\n];\nx\n]\n"] {
        let error = read::<Value>(text.as_bytes()).unwrap_err();
        let reason = std::error::Error::source(&error).expect("a reason").to_string();
        let place = format!("at byte {}: expected", text.find('x').expect("an x"));
        assert!(reason.starts_with(&place), "{text}: {reason}");
    }
}

#[test]
fn it_makes_no_difference_when_paths_are_noticed() {
    let read = |text: &[u8]| read::<Value>(text).map_err(|error| format!("{:?}", std::error::Error::source(&error)));
    for case in recorded().iter().filter(|case| case.bytes.ends_with(b"\n")) {
        // Behind a comment nobody knows how the value ends, so that they are looked for first.
        let commented = [&case.bytes[..], b"#0\n"].concat();
        assert_eq!(read(&case.bytes), read(&commented), "{}", case.id);
    }
}

#[test]
fn what_is_referred_to_twice_is_copied() {
    let text = b"$VAR1 = {'a' => [1,2],'b' => $VAR1->{'a'},'c' => \\$VAR1->{'a'}[1],'d' => ${\\$VAR1->{'a'}[0]}};";
    let expected = json!({"a": [1, 2], "b": [1, 2], "c": 2, "d": 1});
    assert_eq!(read::<Json>(text).unwrap(), expected);
    let text =
        b"$VAR1 = [\n  [1,2],\n  {'b' => $VAR1->[0]},\n  \\$VAR1->[0][1],\n  ${\\$VAR1->[0][0]},\n  [$VAR1->[1]]\n];\n";
    let expected = json!([[1, 2], {"b": [1, 2]}, 2, 1, [{"b": [1, 2]}]]);
    assert_eq!(read::<Json>(text).unwrap(), expected);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Job {
    id: u64,
    name: String,
    ratio: f64,
    tags: Vec<String>,
    owner: Option<Box<Self>>,
    done: bool,
}

#[test]
fn structs_are_read_from_what_perl_writes_of_them() {
    let text = b"$VAR1 = bless( {
                 'id' => '12345678901',
                 'name' => \"gr\\x{fc}n \\x{2603}\",
                 'ratio' => '0.25',
                 'unknown' => [{'a' => [qr/x/, sub { \"DUMMY\" }]}, bless( {}, 'X' )],
                 'tags' => ['a', 5],
                 'owner' => undef,
                 'done' => bless( do{\\(my $o = 1)}, 'JSON::PP::Boolean' )
               }, 'Job' );
";
    let name = "grün \u{2603}".to_owned();
    let tags = vec!["a".to_owned(), "5".to_owned()];
    let job = Job { id: 12_345_678_901, name, ratio: 0.25, tags, owner: None, done: true };
    assert_eq!(read::<Job>(text).unwrap(), job);
}

#[test]
fn strings_are_borrowed_where_nothing_is_escaped() {
    let words: Vec<&str> = read(b"['plain', \"too\"]").unwrap();
    assert_eq!(words, ["plain", "too"]);
    assert!(read::<Vec<&str>>(b"['it\\'s']").is_err());
}

#[test]
fn bytes_are_text_as_asked() {
    let text = "$VAR1 = {'ключ' => 'café'};".as_bytes();
    let latin_1: Value = read(text).unwrap();
    assert!(latin_1.get("ключ").is_none());
    let utf_8: Value = Decoder::new(Codec::Dumper).strings(Strings::Utf8).decode(text).unwrap();
    assert_eq!(utf_8.get("ключ"), Some(&Value::from("café")));
}

#[test]
fn code_is_text_only_when_asked_for() {
    let text = b"[qr/a+/i, sub { \"DUMMY\" }]";
    assert!(read::<Value>(text).is_err());
    let decoder = Decoder::new(Codec::Dumper).code_as_text(true);
    assert_eq!(decoder.decode::<Vec<String>>(text).unwrap(), ["(?^i:a+)", "sub { \"DUMMY\" }"]);
}

#[test]
fn what_is_cut_off_is_refused() {
    for case in recorded() {
        let text = case.bytes.trim_ascii_end();
        let text = text.strip_suffix(b";").unwrap_or(text);
        // Less than all digits are a number too, and less than all statements a text.
        let has_an_end = text.last().is_some_and(|last| b"]})'\"/".contains(last));
        let is_one_statement = !case.bytes.windows(3).any(|part| part == b";\n$");
        for end in 0..text.len() {
            let outcome = read::<Value>(&text[..end]);
            assert!(outcome.is_err() || !has_an_end || !is_one_statement, "{} cut off at {end}", case.id);
        }
    }
}

#[test]
fn flipped_bits_do_no_harm() {
    for case in recorded() {
        for at in (0..case.bytes.len()).step_by(1 + case.bytes.len() / 64) {
            let mut text = case.bytes.clone();
            text[at] ^= 1 << (at % 8);
            // Whether it is still a text of Dumper's does not matter here.
            let _ = typed(Codec::Dumper, &text);
            let _ = read::<Value>(&text);
            let _ = read::<IgnoredAny>(&text);
        }
    }
}

#[test]
fn depth_is_limited_where_it_is_built_and_not_where_it_is_passed_over() {
    const LEVELS: usize = 100_000;
    let limits = DecodeLimits::default().with_depth(64);
    for (open, close) in
        [("[", "]"), ("{a => ", "}"), ("bless( [", "], 'X' )"), ("\\[", "]"), ("do{\\(my $o = [", "])}")]
    {
        let text = format!("$VAR1 = {}[]{};", open.repeat(LEVELS), close.repeat(LEVELS));
        assert!(read::<IgnoredAny>(text.as_bytes()).is_ok(), "{open}");
        let error = Codec::Dumper.decode::<Value>(text.as_bytes(), &limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{open}");
        let error = Decoder::new(Codec::Dumper).limits(limits.clone()).decode_typed(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{open}");
    }
}

#[test]
fn repeated_references_unfold_within_the_limit() {
    let mut text = "$VAR1 = [[1]".to_owned();
    for level in 0..60 {
        text += &format!(",[{}]", vec![format!("$VAR1->[{level}]"); 10].join(","));
    }
    text += "];";
    let limits = DecodeLimits::default().with_unfolded_bytes(1 << 20);
    let error = Codec::Dumper.decode::<Value>(text.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(typed(Codec::Dumper, text.as_bytes()).is_ok(), "nothing is unfolded in a typed view");
}

#[test]
fn an_outline_takes_no_more_than_the_limit() {
    let text = format!("$VAR1 = [{}$VAR1->[0]];", "[],".repeat(2000));
    let limits = DecodeLimits::default().with_elements(1000);
    let error = Codec::Dumper.decode::<IgnoredAny>(text.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn many_references_to_one_container_are_found() {
    const COUNT: usize = 5000;
    let entries: String = (0..COUNT).map(|index| format!("'k{index}' => [{index}],")).collect();
    let paths: String = (0..COUNT).rev().map(|index| format!("$VAR1->[0]{{'k{index}'}},")).collect();
    let text = format!("$VAR1 = [{{{entries}}},{paths}];");
    let Value::Array(elements) = read(text.as_bytes()).unwrap() else { panic!("an array was written") };
    let element = |index: usize| Value::from_iter([Value::from(index)]);
    assert!(elements[1..].iter().rev().enumerate().all(|(index, found)| *found == element(index)));
    assert_eq!(elements.len(), 1 + COUNT);
}
