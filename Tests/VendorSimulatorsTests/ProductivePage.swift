/// Bodies of the Productive page's create examples, as they stand there.
enum ProductivePage {
    /// The first create.
    static let createRequest = """
        {
          "data": {
            "type": "time_entries",
            "attributes": {
              "note": "test note",
              "date": "2016-10-01",
              "time": 480
            },
            "relationships": {
              "person": {
                "data": {
                  "type": "people",
                  "id": "8160"
                }
              },
              "service": {
                "data": {
                  "type": "services",
                  "id": "1192"
                }
              },
              "task": {
                "data": {
                  "type": "tasks",
                  "id": "444"
                }
              }
            }
          }
        }
        """

    /// Its answer, 201.
    static let createAnswer = """
        {
          "data": {
            "id": "227",
            "type": "time_entries",
            "attributes": {
              "date": "2016-10-01",
              "created_at": "2025-08-01T06:18:43.688+02:00",
              "time": 480,
              "billable_time": 480,
              "note": "test note",
              "track_method_id": 1,
              "started_at": null,
              "timer_started_at": null,
              "timer_stopped_at": null,
              "approved": false,
              "approved_at": null,
              "updated_at": "2025-08-01T06:18:43.688+02:00",
              "calendar_event_id": null,
              "invoice_attribution_id": null,
              "invoiced": false,
              "overhead": true,
              "rejected": false,
              "rejected_reason": null,
              "rejected_at": null,
              "last_activity_at": "2025-08-01T06:18:43.688+02:00",
              "submitted": false,
              "currency": "EUR",
              "currency_default": "USD",
              "currency_normalized": "EUR",
              "cost": 16000,
              "cost_default": 20000,
              "cost_normalized": 16000,
              "work_cost": 16000,
              "work_cost_default": 20000,
              "work_cost_normalized": 16000,
              "overhead_cost": 0,
              "overhead_cost_default": 0,
              "overhead_cost_normalized": 0,
              "internal_overhead_cost": 0,
              "internal_overhead_cost_default": 0,
              "internal_overhead_cost_normalized": 0,
              "facility_overhead_cost": 0,
              "facility_overhead_cost_default": 0,
              "facility_overhead_cost_normalized": 0
            },
            "relationships": {
              "organization": {
                "data": {
                  "type": "organizations",
                  "id": "2055"
                }
              },
              "person": {
                "meta": {
                  "included": false
                }
              },
              "service": {
                "meta": {
                  "included": false
                }
              },
              "task": {
                "meta": {
                  "included": false
                }
              },
              "approver": {
                "meta": {
                  "included": false
                }
              },
              "updater": {
                "meta": {
                  "included": false
                }
              },
              "rejecter": {
                "meta": {
                  "included": false
                }
              },
              "creator": {
                "meta": {
                  "included": false
                }
              },
              "last_actor": {
                "meta": {
                  "included": false
                }
              },
              "person_subsidiary": {
                "meta": {
                  "included": false
                }
              },
              "deal_subsidiary": {
                "meta": {
                  "included": false
                }
              },
              "timesheet": {
                "meta": {
                  "included": false
                }
              },
              "approval_statuses": {
                "meta": {
                  "included": false
                }
              }
            }
          },
          "meta": {}
        }
        """

    /// A create with a blank date.
    static let blankDateRequest = """
        {
          "data": {
            "type": "time_entries",
            "attributes": {
              "date": ""
            },
            "relationships": {
              "person": {
                "data": {
                  "type": "people",
                  "id": "8184"
                }
              },
              "service": {
                "data": {
                  "type": "services",
                  "id": "1196"
                }
              }
            }
          }
        }
        """

    /// Its answer, 422: two errors for one field.
    static let blankDateAnswer = """
        {
          "errors": [
            {
              "status": "422",
              "code": "invalid_attribute",
              "title": "Invalid Attribute",
              "detail": "can't be blank",
              "source": {
                "pointer": "data/attributes/date"
              }
            },
            {
              "status": "422",
              "code": "invalid_attribute",
              "title": "Invalid Attribute",
              "detail": "is not a date",
              "source": {
                "pointer": "data/attributes/date"
              }
            }
          ]
        }
        """
}
