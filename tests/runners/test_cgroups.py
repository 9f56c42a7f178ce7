from runners.host.cgroups import memory_limits, usable_cores


def test_a_containers_processor_quota_limits_the_cores(tmp_path):
    free = usable_cores(tmp_path)
    (tmp_path / "cpu.max").write_text("50000 100000\n")

    assert usable_cores(tmp_path) == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert usable_cores(tmp_path) == free


def test_a_containers_memory_limit_counts_without_the_file_cache(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 400\n")

    assert memory_limits(tmp_path) == [(1000, 300)]


def test_an_older_kernels_limits_count_too(tmp_path):
    for name, text in {
        "cpu/cpu.cfs_quota_us": "100000",
        "cpu/cpu.cfs_period_us": "100000",
        "memory/memory.limit_in_bytes": "1000",
        "memory/memory.usage_in_bytes": "10",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    assert usable_cores(tmp_path) == 1
    assert memory_limits(tmp_path) == [(1000, 10)]


def test_no_limit_is_read_where_there_is_none(tmp_path):
    (tmp_path / "memory.max").write_text("max\n")

    assert memory_limits(tmp_path) == []
