module bench/leaf_server

go 1.25
