"""What was tried against Mingcha, and where (paths below `tests/`; `test_the_list.py` holds that
every test named here exists).

    attack                                              test
    another branch by address, query, widget, export    abuse/test_over_the_wire.py::test_nothing_of_another_branch_reaches_a_branch_head
    … does the search find it where it may be seen?     abuse/test_over_the_wire.py::test_the_search_finds_it_where_it_may_be_seen
    another branch by every query there is              dashboards/signin/test_matrix.py::test_no_query_gives_what_is_outside_its_scope
    another role's page, act, subject                   dashboards/signin/test_matrix.py::test_every_role_reaches_what_the_table_says
    another role's file                                 dashboards/signin/test_matrix.py::test_every_file_answers_as_the_table_says
    one or two branches out of sums                     dashboards/test_differencing.py::test_no_combination_of_what_anybody_sees_comes_down_to_one_or_two
    one month out of a quarter                          dashboards/test_differencing.py::test_nor_do_the_months_of_a_quarter
    a download with a borrowed address                  abuse/test_over_the_wire.py::test_a_download_is_for_its_session_and_ends_with_it
    a download after the role has changed               dashboards/signin/test_gate.py::test_what_was_made_for_a_session_is_given_to_no_other
    direct POST to the upload endpoint                  abuse/test_over_the_wire.py::test_nobody_sends_a_file_without_a_session_or_into_another_s_box
    a file into another's upload box                    abuse/test_over_the_wire.py::test_nobody_sends_a_file_without_a_session_or_into_another_s_box
    upload by a role that sends nothing                 dashboards/signin/test_gate.py::test_only_who_sends_files_reaches_the_upload_endpoint
    forged cookie                                       dashboards/signin/test_gate.py::test_a_forged_cookie_is_nobody
    a stored session id as cookie                       dashboards/signin/test_gate.py::test_the_stored_hash_of_a_session_is_no_cookie
    forged identity header                              dashboards/signin/test_gate.py::test_a_forged_header_does_not_come_through
    forged proxy header                                 dashboards/test_proxying.py::test_nobody_is_believed_about_the_visitor_unless_named
    everybody as trusted proxy                          dashboards/test_proxying.py::test_what_cannot_be_is_refused_in_a_sentence
    foreign host name                                   dashboards/test_serve.py::test_it_answers_to_no_other_name
    two tabs and a log-out                              dashboards/signin/test_gate.py::test_two_tabs_and_a_logout
    an open socket after log-out, idling, revocation    abuse/test_over_the_wire.py::test_an_open_socket_gets_nothing_more_when_the_session_is_over
    an open dialogue after revocation                   dashboards/signin/test_dialogue.py::test_a_dialogue_left_open_shows_and_does_nothing_more
    a callback after revocation                         dashboards/signin/test_dialogue.py::test_a_callback_of_a_clerk_who_may_no_more_changes_nothing
    an act in somebody else's name                      dashboards/test_actors.py::test_an_actor_is_made_from_the_viewer_alone
    a form of another page                              dashboards/signin/test_gate.py::test_a_form_of_another_page_is_refused
    led elsewhere after sign-in                         dashboards/signin/test_gate.py::test_nobody_is_led_elsewhere
    many accounts from one address                      dashboards/signin/test_gate.py::test_one_address_does_not_try_many_accounts
    the framework's metrics, agent, sign-in             abuse/test_over_the_wire.py::test_what_the_framework_serves_of_itself_answers_no_stranger
    `<script>` and Markdown in a comment                abuse/test_over_the_wire.py::test_the_search_finds_it_where_it_may_be_seen
    `<script>` in the sign-in form                      dashboards/signin/test_gate.py::test_what_was_typed_is_shown_as_text
    formulas in names, in exports                       dashboards/test_serve.py::test_an_export_has_no_formula
    `../`, NUL, right-to-left, 255 bytes at the upload  abuse/test_over_the_wire.py::test_hostile_names_at_the_upload_endpoint_are_words_on_a_page
    the same at /files                                  dashboards/signin/test_gate.py::test_no_name_leads_out_of_its_room
    the same in zips and on disk                        abuse/test_no_traceback.py::test_nothing_is_written_outside_the_data_folder
    macro, DDE, links, encrypted, HTML, polyglot, empty abuse/test_no_traceback.py::test_each_is_told_as_what_it_is
    bombs: memory                                       abuse/test_no_traceback.py::test_no_process_takes_more_than_a_gigabyte
    the shopper's name in anything left behind          abuse/test_anonymity.py::test_nothing_left_behind_names_a_shopper
    another account on the same machine                 pipeline/test_file_modes.py::test_the_folder_of_an_office_is_closed_to_others
"""  # noqa: E501 (a table)
