//! Text for programs.

mod common;

use common::{report, texts};
use expect_test::expect;
use pgpe_config::Severity;
use pgpe_report::document::Document;
use pgpe_report::{Report, github, gitlab, json, junit, sarif};
use serde_json::Value;

#[test]
fn json_of_check() {
    let text = json::check(&report(), &texts());
    expect![[r#"
        {
          "version": 1,
          "findings": [
            {
              "rule": "duplicate-policy",
              "severity": "error",
              "file": "gone.policy",
              "range": {
                "start": {
                  "line": 1,
                  "column": 1
                },
                "end": {
                  "line": 1,
                  "column": 1
                }
              },
              "message": "two policies are named p",
              "related": []
            },
            {
              "rule": "unknown-table",
              "severity": "info",
              "file": "policies/größe 100%,a:b.policy",
              "range": {
                "start": {
                  "line": 2,
                  "column": 53
                },
                "end": {
                  "line": 2,
                  "column": 62
                }
              },
              "message": "there is no table \u001b[31mtäglich",
              "related": []
            },
            {
              "rule": "subsumption",
              "severity": "warning",
              "file": "policies/größe 100%,a:b.policy",
              "range": {
                "start": {
                  "line": 5,
                  "column": 5
                },
                "end": {
                  "line": 5,
                  "column": 28
                }
              },
              "message": "this clause is covered by the first clause",
              "help": "remove it",
              "policy": "p",
              "related": [
                {
                  "file": "policies/größe 100%,a:b.policy",
                  "range": {
                    "start": {
                      "line": 3,
                      "column": 10
                    },
                    "end": {
                      "line": 3,
                      "column": 33
                    }
                  },
                  "message": "covered by this"
                }
              ]
            },
            {
              "rule": "tenant-isolation",
              "severity": "error",
              "file": "policies/support.policy",
              "range": {
                "start": {
                  "line": 6,
                  "column": 10
                },
                "end": {
                  "line": 6,
                  "column": 31
                }
              },
              "message": "a session reads another tenant's rows of public.users",
              "policy": "support_reads",
              "table": "public.users",
              "command": "SELECT",
              "related": [
                {
                  "file": "schema.sql",
                  "range": {
                    "start": {
                      "line": 3,
                      "column": 3
                    },
                    "end": {
                      "line": 3,
                      "column": 12
                    }
                  },
                  "message": "this column says whose a row is"
                },
                {
                  "file": "policies/support.policy",
                  "range": {
                    "start": {
                      "line": 1,
                      "column": 8
                    },
                    "end": {
                      "line": 1,
                      "column": 21
                    }
                  },
                  "message": "only holders of support"
                }
              ],
              "counterexample": {
                "sessions": [
                  {
                    "role": "support",
                    "settings": {
                      "app.tenant_id": "'00000000-0000-0000-0000-000000000001'"
                    }
                  },
                  {
                    "role": null,
                    "settings": {
                      "app.tenant_id": "'00000000-0000-0000-0000-000000000002'"
                    }
                  }
                ],
                "row": {
                  "id": "'00000000-0000-0000-0000-00000000000a'",
                  "tenant_id": "'00000000-0000-0000-0000-000000000002'"
                },
                "witnesses": [
                  {
                    "table": "public.projects",
                    "row": {
                      "größe": "'<&>'",
                      "id": "7"
                    }
                  }
                ],
                "policies": [
                  "support_reads, clause 1",
                  "tenant_isolation, clause 1"
                ]
              }
            },
            {
              "rule": "no-schema",
              "severity": "hint",
              "message": "no schema is known: 100% of the checks\nthat need one did not run",
              "help": "give `schema: { file: … }` in pgpe.yaml",
              "related": []
            }
          ],
          "summary": {
            "errors": 2,
            "warnings": 1,
            "proven": 1,
            "failed": 1,
            "unknown": 1
          }
        }
    "#]]
    .assert_eq(&text);
    let document: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(document, Document::check(&report(), &texts()));
}

#[test]
fn json_of_analyze() {
    let text = json::analyze(&report(), &texts());
    let document: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(document, Document::analyze(&report(), &texts()));
    expect![[r#"
        [
          {
            "schema": "public",
            "table": "users",
            "policies": [
              "tenant_isolation",
              "support_reads"
            ],
            "commands": {
              "SELECT": {
                "contradiction": "PROVEN",
                "tenant-isolation": "FAILED",
                "byRole": {
                  "support": {
                    "tenant-isolation": "FAILED"
                  }
                }
              },
              "INSERT": {
                "contradiction": "PROVEN",
                "tenant-isolation": "PROVEN"
              },
              "UPDATE": {
                "contradiction": "PROVEN",
                "tenant-isolation": "UNKNOWN"
              },
              "DELETE": {
                "contradiction": "DENIED",
                "tenant-isolation": "DENIED"
              }
            },
            "notes": [
              "UPDATE: the solver ran out of time"
            ],
            "assumptions": [
              {
                "kind": "trusted-setting",
                "setting": "app.tenant_id",
                "verdicts": {
                  "INSERT": [
                    "tenant-isolation"
                  ]
                }
              },
              {
                "kind": "unique-key",
                "table": "public.projects",
                "columns": [
                  "id"
                ],
                "verdicts": {
                  "INSERT": [
                    "tenant-isolation"
                  ]
                }
              },
              {
                "kind": "no-bypass-rls",
                "verdicts": {
                  "INSERT": [
                    "tenant-isolation"
                  ]
                }
              }
            ]
          },
          {
            "schema": "public",
            "table": "config",
            "policies": [
              "readable"
            ],
            "commands": {
              "SELECT": {
                "tenant-isolation": "EXEMPT"
              },
              "INSERT": {}
            },
            "notes": [
              "exempt: global settings"
            ]
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&document.tables).unwrap());
}

#[test]
fn json_of_nothing() {
    expect![[r#"
        {
          "version": 1,
          "findings": [],
          "tables": [],
          "summary": {
            "errors": 0,
            "warnings": 0,
            "proven": 0,
            "failed": 0,
            "unknown": 0
          }
        }
    "#]]
    .assert_eq(&json::analyze(&Report::default(), &texts()));
}

#[test]
fn github_annotations() {
    expect![[r#"
        ::error file=gone.policy,line=1,endLine=1,col=1,endColumn=1,title=duplicate-policy::two policies are named p
        ::notice file=policies/größe 100%25%2Ca%3Ab.policy,line=2,endLine=2,col=53,endColumn=62,title=unknown-table::there is no table [31mtäglich
        ::warning file=policies/größe 100%25%2Ca%3Ab.policy,line=5,endLine=5,col=5,endColumn=28,title=subsumption::this clause is covered by the first clause%0Ahelp: remove it
        ::error file=policies/support.policy,line=6,endLine=6,col=10,endColumn=31,title=tenant-isolation::a session reads another tenant's rows of public.users%0Acounterexample:%0A  session 1               role support, app.tenant_id = '00000000-0000-0000-0000-000000000001'%0A    let in by             support_reads, clause 1%0A  session 2               no named role, app.tenant_id = '00000000-0000-0000-0000-000000000002'%0A    let in by             tenant_isolation, clause 1%0A  row of public.users     id = '00000000-0000-0000-0000-00000000000a',%0A                          tenant_id = '00000000-0000-0000-0000-000000000002'%0A  row of public.projects  größe = '<&>', id = 7
        ::notice title=no-schema::no schema is known: 100%25 of the checks%0Athat need one did not run%0Ahelp: give `schema: { file: … }` in pgpe.yaml
    "#]].assert_eq(&github::render(&report(), &texts()));
    assert_eq!(github::render(&Report::default(), &texts()), "");
}

#[test]
fn gitlab_code_quality() {
    expect![[r#"
        [
          {
            "description": "two policies are named p",
            "check_name": "duplicate-policy",
            "fingerprint": "2de9af7cdec89362",
            "severity": "critical",
            "location": {
              "path": "gone.policy",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          },
          {
            "description": "there is no table \u001b[31mtäglich",
            "check_name": "unknown-table",
            "fingerprint": "fc2d149227537340",
            "severity": "minor",
            "location": {
              "path": "policies/größe 100%,a:b.policy",
              "lines": {
                "begin": 2,
                "end": 2
              }
            }
          },
          {
            "description": "this clause is covered by the first clause (remove it)",
            "check_name": "subsumption",
            "fingerprint": "54dffe619caba94b",
            "severity": "major",
            "location": {
              "path": "policies/größe 100%,a:b.policy",
              "lines": {
                "begin": 5,
                "end": 5
              }
            }
          },
          {
            "description": "a session reads another tenant's rows of public.users",
            "check_name": "tenant-isolation",
            "fingerprint": "30e93c73bb292232",
            "severity": "critical",
            "location": {
              "path": "policies/support.policy",
              "lines": {
                "begin": 6,
                "end": 6
              }
            }
          },
          {
            "description": "no schema is known: 100% of the checks\nthat need one did not run (give `schema: { file: … }` in pgpe.yaml)",
            "check_name": "no-schema",
            "fingerprint": "065c81ea0b8326ad",
            "severity": "info",
            "location": {
              "path": "pgpe.yaml",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          }
        ]
    "#]].assert_eq(&gitlab::render(&report(), &texts()));
    assert_eq!(gitlab::render(&Report::default(), &texts()), "[]\n");
}

#[test]
fn gitlab_fingerprints_survive_moves_and_tell_findings_apart() {
    let prints = |report: &Report| -> Vec<String> {
        let entries: Value = serde_json::from_str(&gitlab::render(report, &texts())).unwrap();
        let entries = entries.as_array().unwrap();
        entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let mut moved = report();
    let twin = moved.findings[0].clone();
    let before = prints(&moved);
    for finding in &mut moved.findings {
        if let Some(place) = &mut finding.place {
            place.range = place.range.start + 1..place.range.end + 1;
        }
    }
    assert_eq!(prints(&moved), before);
    moved.findings.push(twin);
    let mut all = prints(&moved);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), moved.findings.len());
}

#[test]
fn junit_xml() {
    let xml = junit::render(&report(), &texts(), Severity::Error);
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="pgpe">
          <testsuite name="findings" tests="5" failures="2" errors="0" skipped="0">
            <testcase classname="gone.policy" name="duplicate-policy at gone.policy:1:1">
              <failure type="duplicate-policy" message="two policies are named p">gone.policy:1:1: error[duplicate-policy]: two policies are named p</failure>
            </testcase>
            <testcase classname="policies/größe 100%,a:b.policy" name="unknown-table at policies/größe 100%,a:b.policy:2:53">
              <system-out>policies/größe 100%,a:b.policy:2:53: info[unknown-table]: there is no table �[31mtäglich</system-out>
            </testcase>
            <testcase classname="policies/größe 100%,a:b.policy" name="subsumption at policies/größe 100%,a:b.policy:5:5">
              <system-out>policies/größe 100%,a:b.policy:5:5: warning[subsumption]: this clause is covered by the first clause
        help: remove it</system-out>
            </testcase>
            <testcase classname="policies/support.policy" name="tenant-isolation at policies/support.policy:6:10">
              <failure type="tenant-isolation" message="a session reads another tenant's rows of public.users">policies/support.policy:6:10: error[tenant-isolation]: a session reads another tenant's rows of public.users
        counterexample:
          session 1               role support, app.tenant_id = '00000000-0000-0000-0000-000000000001'
            let in by             support_reads, clause 1
          session 2               no named role, app.tenant_id = '00000000-0000-0000-0000-000000000002'
            let in by             tenant_isolation, clause 1
          row of public.users     id = '00000000-0000-0000-0000-00000000000a',
                                  tenant_id = '00000000-0000-0000-0000-000000000002'
          row of public.projects  größe = '&lt;&amp;&gt;', id = 7</failure>
            </testcase>
            <testcase classname="project" name="no-schema at the project">
              <system-out>the project: hint[no-schema]: no schema is known: 100% of the checks
        that need one did not run
        help: give `schema: { file: … }` in pgpe.yaml</system-out>
            </testcase>
          </testsuite>
          <testsuite name="tenant-isolation" tests="5" failures="1" errors="1" skipped="1">
            <testcase classname="public.users" name="SELECT">
              <failure type="tenant-isolation" message="public.users SELECT: tenant isolation is FAILED">public.users SELECT: tenant isolation is FAILED</failure>
            </testcase>
            <testcase classname="public.users" name="INSERT"/>
            <testcase classname="public.users" name="UPDATE">
              <error type="unknown" message="public.users UPDATE: tenant isolation is UNKNOWN: UPDATE: the solver ran out of time"/>
            </testcase>
            <testcase classname="public.users" name="DELETE"/>
            <testcase classname="public.config" name="SELECT">
              <skipped message="exempt: global settings"/>
            </testcase>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&xml);
    let document = roxmltree::Document::parse(&xml).unwrap();
    for suite in document.descendants().filter(|node| node.has_tag_name("testsuite")) {
        let count =
            |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
        assert_eq!(suite.attribute("tests"), Some(count("testcase").as_str()));
        assert_eq!(suite.attribute("failures"), Some(count("failure").as_str()));
        assert_eq!(suite.attribute("errors"), Some(count("error").as_str()));
        assert_eq!(suite.attribute("skipped"), Some(count("skipped").as_str()));
    }
    let strict = junit::render(&report(), &texts(), Severity::Warning);
    assert!(strict.matches("<failure").count() > xml.matches("<failure").count());
    roxmltree::Document::parse(&junit::render(&Report::default(), &texts(), Severity::Error)).unwrap();
}

#[test]
fn sarif_log() {
    let mut log: Value = serde_json::from_str(&sarif::render(&report(), &texts())).unwrap();
    // The rules' pages are long and not what this is about.
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
    for rule in rules {
        let help = rule["help"]["markdown"].as_str().unwrap().to_owned();
        assert!(help.starts_with(&format!("# {}\n", rule["id"].as_str().unwrap())), "{help}");
        assert!(help.contains(rule["fullDescription"]["text"].as_str().unwrap()));
        rule["help"] = "…".into();
        rule["fullDescription"] = "…".into();
    }
    let text = serde_json::to_string_pretty(&log).unwrap();
    expect![[r#"
        {
          "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "pgpe",
                  "version": "0.1.0",
                  "rules": [
                    {
                      "id": "duplicate-policy",
                      "shortDescription": {
                        "text": "Two policies bear the same name."
                      },
                      "fullDescription": "…",
                      "help": "…",
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    },
                    {
                      "id": "unknown-table",
                      "shortDescription": {
                        "text": "A traversal names a table that does not exist."
                      },
                      "fullDescription": "…",
                      "help": "…",
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    },
                    {
                      "id": "subsumption",
                      "shortDescription": {
                        "text": "A clause or policy is covered by another."
                      },
                      "fullDescription": "…",
                      "help": "…",
                      "defaultConfiguration": {
                        "level": "warning"
                      }
                    },
                    {
                      "id": "tenant-isolation",
                      "shortDescription": {
                        "text": "A session reaches another tenant's row."
                      },
                      "fullDescription": "…",
                      "help": "…",
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    },
                    {
                      "id": "no-schema",
                      "shortDescription": {
                        "text": "No schema is known; checks that need one did not run."
                      },
                      "fullDescription": "…",
                      "help": "…",
                      "defaultConfiguration": {
                        "level": "note"
                      }
                    }
                  ]
                }
              },
              "columnKind": "unicodeCodePoints",
              "results": [
                {
                  "ruleId": "duplicate-policy",
                  "level": "error",
                  "message": {
                    "text": "two policies are named p"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "gone.policy"
                        },
                        "region": {
                          "startLine": 1,
                          "startColumn": 1,
                          "endLine": 1,
                          "endColumn": 1
                        }
                      }
                    }
                  ],
                  "ruleIndex": 0,
                  "partialFingerprints": {
                    "pgpe/v1": "2de9af7cdec89362"
                  }
                },
                {
                  "ruleId": "unknown-table",
                  "level": "note",
                  "message": {
                    "text": "there is no table \u001b[31mtäglich"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "policies/gr%C3%B6%C3%9Fe%20100%25%2Ca%3Ab.policy"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 53,
                          "endLine": 2,
                          "endColumn": 62
                        }
                      }
                    }
                  ],
                  "ruleIndex": 1,
                  "partialFingerprints": {
                    "pgpe/v1": "fc2d149227537340"
                  }
                },
                {
                  "ruleId": "subsumption",
                  "level": "warning",
                  "message": {
                    "text": "this clause is covered by the first clause\nhelp: remove it"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "policies/gr%C3%B6%C3%9Fe%20100%25%2Ca%3Ab.policy"
                        },
                        "region": {
                          "startLine": 5,
                          "startColumn": 5,
                          "endLine": 5,
                          "endColumn": 28
                        }
                      }
                    }
                  ],
                  "relatedLocations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "policies/gr%C3%B6%C3%9Fe%20100%25%2Ca%3Ab.policy"
                        },
                        "region": {
                          "startLine": 3,
                          "startColumn": 10,
                          "endLine": 3,
                          "endColumn": 33
                        }
                      },
                      "id": 1,
                      "message": {
                        "text": "covered by this"
                      }
                    }
                  ],
                  "fixes": [
                    {
                      "description": {
                        "text": "Remove the clause"
                      },
                      "artifactChanges": [
                        {
                          "artifactLocation": {
                            "uri": "policies/gr%C3%B6%C3%9Fe%20100%25%2Ca%3Ab.policy"
                          },
                          "replacements": [
                            {
                              "deletedRegion": {
                                "startLine": 3,
                                "startColumn": 33,
                                "endLine": 5,
                                "endColumn": 28
                              },
                              "insertedContent": {
                                "text": ""
                              }
                            }
                          ]
                        }
                      ]
                    }
                  ],
                  "properties": {
                    "policy": "p"
                  },
                  "ruleIndex": 2,
                  "partialFingerprints": {
                    "pgpe/v1": "54dffe619caba94b"
                  }
                },
                {
                  "ruleId": "tenant-isolation",
                  "level": "error",
                  "message": {
                    "text": "a session reads another tenant's rows of public.users\ncounterexample:\nsession 1               role support, app.tenant_id = '00000000-0000-0000-0000-000000000001'\n  let in by             support_reads, clause 1\nsession 2               no named role, app.tenant_id = '00000000-0000-0000-0000-000000000002'\n  let in by             tenant_isolation, clause 1\nrow of public.users     id = '00000000-0000-0000-0000-00000000000a',\n                        tenant_id = '00000000-0000-0000-0000-000000000002'\nrow of public.projects  größe = '<&>', id = 7"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "policies/support.policy"
                        },
                        "region": {
                          "startLine": 6,
                          "startColumn": 10,
                          "endLine": 6,
                          "endColumn": 31
                        }
                      }
                    }
                  ],
                  "relatedLocations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "schema.sql"
                        },
                        "region": {
                          "startLine": 3,
                          "startColumn": 3,
                          "endLine": 3,
                          "endColumn": 12
                        }
                      },
                      "id": 1,
                      "message": {
                        "text": "this column says whose a row is"
                      }
                    },
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "policies/support.policy"
                        },
                        "region": {
                          "startLine": 1,
                          "startColumn": 8,
                          "endLine": 1,
                          "endColumn": 21
                        }
                      },
                      "id": 2,
                      "message": {
                        "text": "only holders of support"
                      }
                    }
                  ],
                  "properties": {
                    "command": "SELECT",
                    "policy": "support_reads",
                    "table": "public.users"
                  },
                  "ruleIndex": 3,
                  "partialFingerprints": {
                    "pgpe/v1": "30e93c73bb292232"
                  }
                },
                {
                  "ruleId": "no-schema",
                  "level": "note",
                  "message": {
                    "text": "no schema is known: 100% of the checks\nthat need one did not run\nhelp: give `schema: { file: … }` in pgpe.yaml"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "pgpe.yaml"
                        }
                      }
                    }
                  ],
                  "ruleIndex": 4,
                  "partialFingerprints": {
                    "pgpe/v1": "065c81ea0b8326ad"
                  }
                }
              ]
            }
          ]
        }"#]].assert_eq(&text);
}

/// What SARIF 2.1.0 requires, and what code scanning adds to it.
#[test]
fn sarif_has_its_required_properties() {
    for report in [report(), Report::default()] {
        let log: Value = serde_json::from_str(&sarif::render(&report, &texts())).unwrap();
        assert_eq!(log["version"], "2.1.0");
        assert!(log["$schema"].is_string());
        let run = &log["runs"][0];
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string() && driver["version"].is_string());
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            assert!(rule["id"].is_string());
            for text in ["shortDescription", "fullDescription", "help"] {
                assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{text}");
            }
            assert!(
                ["error", "warning", "note"]
                    .contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
            );
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len());
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(result["ruleId"], rules[index]["id"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            assert!(result["partialFingerprints"].is_object());
            let related = result["relatedLocations"].as_array().into_iter().flatten();
            for location in result["locations"].as_array().unwrap().iter().chain(related) {
                let physical = &location["physicalLocation"];
                let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.is_ascii() && !uri.contains([' ', ':', ',']), "{uri}");
                let region = &physical["region"];
                if region.is_object() {
                    let at = |key: &str| region[key].as_u64().unwrap();
                    assert!(at("startLine") >= 1 && at("startColumn") >= 1);
                    assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
                }
            }
            for fix in result["fixes"].as_array().into_iter().flatten() {
                for change in fix["artifactChanges"].as_array().unwrap() {
                    assert!(change["artifactLocation"]["uri"].is_string());
                    assert!(change["replacements"][0]["deletedRegion"].is_object());
                }
            }
        }
    }
}
