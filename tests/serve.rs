//! `keten serve`: a real server on a free port, asked over TCP as a browser asks it, and as one should not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keten::analysis::{EffectPlace, effects};
use keten::planner::{AnswerStage, DeskWork, MOST_WAITING, Mix, MixDesk, MixLevel};
use keten::report::Language;
use keten::serve::Server;
use keten::study::Study;
use tempfile::TempDir;

/// A size that takes seconds.
const SMALL: AnswerStage = AnswerStage { scale: 0.004, draws: 0 };
/// A mix of the years of the programme.
const MIX: &str = "huisverbod=full&child_group=full&end=2012";

/// A server with its folder; it stops when it is dropped.
struct Served {
    address: SocketAddr,
    desk: Arc<MixDesk>,
    folder: TempDir,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn new() -> Served {
        Served::in_folder(TempDir::new().unwrap())
    }

    fn in_folder(folder: TempDir) -> Served {
        let desk = Arc::new(MixDesk::with_stages(folder.path(), None, vec![SMALL]).unwrap());
        let server = Server::bind(0, Arc::clone(&desk), Language::En).unwrap();
        let address = server.address().trim_start_matches("http://").parse().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let thread = std::thread::spawn(move || server.run(&flag).unwrap());
        Served { address, desk, folder, stop, thread: Some(thread) }
    }

    /// The answer to bytes, after which nothing more is sent, as text.
    fn raw(&self, request: &[u8]) -> String {
        self.sent(request, true)
    }

    /// The answer to bytes, as text; `ends` if the sender then closes its side, as one does who breaks off.
    fn sent(&self, request: &[u8], ends: bool) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A server that refuses may close before it has read everything.
        stream.write_all(request).ok();
        if ends {
            stream.shutdown(std::net::Shutdown::Write).ok();
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn ask(&self, method: &str, path: &str, more: &str, body: &str) -> (u16, String) {
        let host = self.address;
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"
        );
        let answer = self.sent(text.as_bytes(), false);
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, answer)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, "", "")
    }

    fn post(&self, path: &str, body: &str) -> (u16, String) {
        let more = format!("Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\n", self.address);
        self.ask("POST", path, &more, body)
    }

    fn mix(&self, query: &str) -> Mix {
        let address = Mix::from_query(self.desk.catalogue(), query);
        assert_eq!(
            (address.faults.as_slice(), address.mix.faults(self.desk.catalogue()).as_slice()),
            (&[][..], &[][..])
        );
        address.mix
    }

    /// Waits until nothing is left to simulate of a mix.
    fn wait(&self, mix: &Mix) {
        let began = Instant::now();
        loop {
            match self.desk.ask(mix).work {
                DeskWork::Done => return,
                DeskWork::Failed(fault) => panic!("{}", fault.text),
                _ => assert!(began.elapsed() < Duration::from_secs(600), "no answer"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

#[test]
fn pages_are_served_in_both_languages_and_are_light() {
    let served = Served::new();
    for path in [
        "/",
        "/best",
        "/answer",
        "/places",
        "/why?figure=euro",
        "/why?measure=nhv",
        "/compare",
        "/style.css",
        "/page.js",
    ] {
        let (status, page) = served.get(path);
        assert_eq!(status, 200, "{path}: {page}");
        assert!(page.len() < 300_000, "{path} has {} bytes", page.len());
        for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"] {
            assert!(page.contains(header), "{path} lacks {header}");
        }
        assert!(!page.contains("access-control-") && !page.contains("set-cookie"), "{path}");
        // Only the address of the schema of SVG could name a host, and pages have none.
        let body = page.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(!body.contains("http://") && !body.contains("https://") || path == "/why?measure=nhv", "{path}");
    }
    assert!(
        served.get("/").1.contains("<html lang=\"en\">") && served.get("/?lang=nl").1.contains("<html lang=\"nl\">")
    );
    assert_eq!(served.get("/nothing").0, 404);
    assert_eq!(served.get("/../../etc/passwd").0, 404);
    let own = format!("Origin: http://{}\r\n", served.address);
    assert_eq!(served.ask("PUT", "/", &own, "").0, 405);
    assert_eq!(served.get("/mix").0, 405, "a form is sent, not read");
}

#[test]
fn other_hosts_and_origins_are_refused() {
    let served = Served::new();
    let asked = |host: &str, more: &str| {
        let answer =
            served.sent(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").as_bytes(), false);
        answer.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok()).unwrap_or(0)
    };
    let port = served.address.port();
    assert_eq!(asked(&format!("localhost:{port}"), ""), 200);
    assert_eq!(asked(&format!("keten.example:{port}"), ""), 421);
    assert_eq!(asked(&format!("127.0.0.1:{port}"), "Origin: http://keten.example\r\n"), 403);
    assert_eq!(asked(&format!("127.0.0.1:{port}"), "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), 403);
    assert_eq!(served.ask("POST", "/stop", "", MIX).0, 403, "a form without an origin");
    assert_eq!(served.ask("POST", "/stop", "Origin: null\r\n", MIX).0, 403);
    assert_eq!(served.post("/stop", MIX).0, 303);
}

#[test]
fn a_mix_that_contradicts_itself_is_told_at_its_control() {
    let served = Served::new();
    let (status, page) = served.post("/mix", "nhv.places.own.utrecht=60&go=answer&lang=en");
    assert_eq!(status, 422);
    assert!(page.contains("id=\"fault-nhv.places.own.utrecht\""), "{page}");
    assert!(page.contains("Places without the measure: it does not run in Utrecht."));
    let (status, page) = served.post("/mix", "nhv=full&nhv.from=soon&go=answer&lang=nl");
    assert_eq!(status, 422);
    assert!(page.contains("value=\"soon\"") && page.contains("Dit is geen maand."), "what was filled in stays");
    let (status, page) = served.post("/mix", "nhv=full&go=answer&lang=nl");
    assert_eq!(status, 303);
    assert!(page.contains("location: /answer?nhv=full&lang=nl"), "{page}");
    let escaped = served.get("/?nhv.from=%3Cscript%3E").1;
    assert!(!escaped.contains("<script>") && escaped.contains("&lt;script&gt;"));
}

#[test]
fn a_thousand_malformed_requests_and_a_large_one_are_survived() {
    let served = Served::new();
    let host = served.address;
    let heads = [
        "GET".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        format!("GET /?{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", "%zz&=&".repeat(500)),
        format!("GET /answer?nhv=%FF%00&end=99999999999 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        format!("POST /mix HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 50\r\n\r\nshort"),
        format!("POST /mix HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        format!("\0\u{1}\u{2} / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X-A: b\r\n".repeat(200)),
        format!("GET /{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", "a/".repeat(2000)),
        format!("GET /compare?{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", "m=nhv%3Dx&".repeat(50)),
    ];
    for number in 0..1000 {
        let text = &heads[number % heads.len()];
        let cut = if number % 3 == 0 { text.len() * (number % 7) / 7 } else { text.len() };
        let cut = (0..=cut).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        served.raw(&text.as_bytes()[..cut]);
    }
    assert_eq!(served.get("/").0, 200);
    // One byte more than a form may have, of many that are announced: nothing is left unread.
    let head = format!("POST /mix HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 900000\r\n\r\n");
    let large = served.sent(format!("{head}{}", "a".repeat(64 * 1024 + 1)).as_bytes(), false);
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    assert_eq!(served.get("/").0, 200);
}

#[test]
fn a_full_queue_answers_429() {
    let folder = TempDir::new().unwrap();
    let desk = Arc::new(MixDesk::with_stages(folder.path(), None, vec![SMALL]).unwrap());
    // Nobody works at this desk, so that everything waits.
    let cards: Vec<String> = desk.catalogue().cards().into_iter().map(|(key, _)| key.to_owned()).collect();
    let mixes = cards.iter().map(|card| Mix::status_quo().with(card, MixLevel::Full));
    let work: Vec<DeskWork> = mixes.take(MOST_WAITING + 2).map(|mix| desk.ask(&mix).work).collect();
    assert_eq!(work[..MOST_WAITING].iter().filter(|work| **work == DeskWork::Full).count(), 0);
    assert_eq!(work[MOST_WAITING..], [DeskWork::Full, DeskWork::Full]);
    let again = Mix::status_quo().with(&cards[1], MixLevel::Full);
    assert_eq!(desk.ask(&again).work, DeskWork::Waiting { ahead: 1 }, "a mix waits once");
    desk.cancel(&again);
    assert_eq!(desk.ask(&again).work, DeskWork::Stopped);
    desk.resume(&again);
    assert_eq!(desk.ask(&again).work, DeskWork::Waiting { ahead: MOST_WAITING - 1 });

    // A server whose simulation is held up by a larger one.
    let served = Served::new();
    let ask = |card: &str| served.get(&format!("/answer?{card}=full")).0;
    let found: Vec<u16> = cards.iter().map(|card| ask(card)).collect();
    assert!(found.contains(&429), "{found:?}");
    assert!(found.iter().filter(|status| **status == 200).count() >= MOST_WAITING, "{found:?}");
}

#[test]
fn figures_on_the_page_are_those_of_a_run_of_its_file_and_a_second_answer_comes_from_the_store() {
    let served = Served::new();
    let mix = served.mix(MIX);
    let (status, first) = served.get(&format!("/answer?{MIX}"));
    assert_eq!(status, 200);
    assert!(first.contains("http-equiv=\"refresh\""), "without scripts the page loads again");
    served.wait(&mix);
    let page = served.get(&format!("/answer?{MIX}")).1;
    assert!(!page.contains("http-equiv=\"refresh\""), "nothing is left to wait for");

    let file = served.get(&format!("/experiment.toml?{MIX}")).1;
    let text = file.split_once("\r\n\r\n").unwrap().1;
    let elsewhere = TempDir::new().unwrap();
    let run = Study::from_text("mix", text).run(elsewhere.path().to_str().unwrap()).unwrap();
    let mut compared = 0;
    for effect in effects(run.run()).unwrap().effects {
        let shown = format!("<data value=\"{}\" data-figure=\"{}\">", effect.difference, effect.measure);
        let is_shown = page.contains(&format!("data-figure=\"{}\"", effect.measure));
        if effect.place != EffectPlace::Exported && is_shown {
            assert!(page.contains(&shown), "{shown} is not on the page");
            compared += 1;
        }
    }
    assert!(compared >= 5, "{compared} figures were compared");

    let units = || std::fs::read_dir(served.folder.path().join(".units")).unwrap().count();
    let before = units();
    let began = Instant::now();
    assert_eq!(served.desk.ask(&mix).work, DeskWork::Done);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(units(), before);

    // Another desk at the same folder, as after a restart.
    let again = MixDesk::with_stages(served.folder.path(), None, vec![SMALL]).unwrap();
    assert_eq!(again.ask(&mix).answer, served.desk.ask(&mix).answer);
    for path in [
        "/places",
        "/places?year=2010&city=Rotterdam",
        "/compare?m=huisverbod%3Dfull%26child_group%3Dfull%26end%3D2012",
    ] {
        let mark = if path.contains('?') { "&" } else { "?" };
        let (status, page) = served.get(&format!("{path}{mark}{MIX}"));
        assert_eq!(status, 200, "{path}");
        assert!(page.contains("<svg") || path == "/places", "{path} has a chart");
    }
    let (status, report) = served.get(&format!("/report?{MIX}&lang=nl"));
    assert_eq!(status, 200);
    assert!(report.contains("<html lang=\"nl\">") && report.contains("style-src 'unsafe-inline'"));
}

#[test]
fn a_port_in_use_is_told_with_the_cure() {
    let served = Served::new();
    let fault = Server::bind(served.address.port(), Arc::clone(&served.desk), Language::En).unwrap_err().to_string();
    assert!(fault.contains("is in use") && fault.contains("--port 0"), "{fault}");
}

#[test]
fn the_best_mix_is_asked_by_a_form_and_faults_are_told_at_their_controls() {
    let served = Served::new();
    let (status, page) = served.get("/best?lang=en");
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Find the best mix") && !page.contains("id=\"state\""), "nothing is asked yet");
    let (status, page) = served.post("/best/ask", "best.budget=0&lang=en");
    assert_eq!(status, 422);
    assert!(page.contains("id=\"fault-best.budget\"") && page.contains("Give more than 0 euro"), "{page}");
    let form =
        "best.budget=1&best.budget.other=2,5&best.city=den-haag&best.effect=first_exposed&best.payer.rijk=&lang=nl";
    let (status, answer) = served.post("/best/ask", form);
    assert_eq!(status, 303, "{answer}");
    let to = "location: /best?lang=nl&best.budget=2.5&best.city=den-haag&best.effect=first_exposed\r\n";
    assert!(answer.contains(to), "{answer}");
    let (status, file) = served.get("/best/question.toml?best.budget=5&best.city=utrecht&best.share.children=40");
    assert_eq!(status, 200);
    for line in ["city = \"Utrecht\"", "euro = [2500000.0, 5000000.0, 10000000.0]", "children = 0.4"] {
        assert!(file.contains(line), "{line}: {file}");
    }
    // Another page cannot ask for a search.
    let (status, _) = served.ask("POST", "/best/ask", "Origin: http://example.org\r\n", "best.budget=5");
    assert_eq!(status, 403);
}
