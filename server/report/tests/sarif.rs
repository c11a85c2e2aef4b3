//! SARIF, for code scanning.

mod common;

use common::{report, texts};
use expect_test::expect;
use pgpe_report::{Report, sarif};
use serde_json::Value;

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
