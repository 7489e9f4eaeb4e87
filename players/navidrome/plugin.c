// Poly-Muse in Navidrome: six functions that hand their input to the HTTP service, and its answer back.
//
// The input is never read, and of the answer only its status and where it begins and ends, so that every change of
// logic is one of the service. Navidrome makes a new instance for each call: static variables begin at zero.
//
// Rules of the host: functions take no arguments and return 0, or 1 with a text set by `error_set`, which Navidrome
// shows to the listener. So the texts here never contain an address or a key, nor anything that a server has sent.

typedef unsigned char u8;
typedef unsigned long long u64; // also an offset in the memory of the host

#define ENV(name) __attribute__((import_module("extism:host/env"), import_name(#name))) extern
ENV(input_length) u64 input_length(void);
ENV(input_load_u8) u8 input_load_u8(u64 offset);
ENV(alloc) u64 alloc(u64 length);
ENV(length) u64 length(u64 offset);
ENV(load_u8) u8 load_u8(u64 offset);
ENV(load_u64) u64 load_u64(u64 offset);
ENV(store_u8) void store_u8(u64 offset, u8 byte);
ENV(store_u64) void store_u64(u64 offset, u64 bytes);
ENV(output_set) void output_set(u64 offset, u64 length);
ENV(error_set) void error_set(u64 offset);
ENV(config_get) u64 config_get(u64 name);
__attribute__((import_module("extism:host/user"), import_name("http_send"))) extern u64 http_send(u64 request);

// What a setting is called here, in the manifest, and as a parameter of the service.
static const char *const SETTINGS[] = {"stem", "where", "exclude_artist", "exclude_album", "per_artist"};

// ---- Writing: a text is made twice, first to count its bytes, then to store them

static u64 target, written;

static void put(u8 byte) {
  if (target) store_u8(target + written, byte);
  written++;
}

static void text(const char *each) {
  while (*each) put((u8)*each++);
}

static u64 stored(const char *each) {
  target = written = 0;
  text(each);
  target = alloc(written);
  written = 0;
  text(each);
  return target;
}

static int fail(const char *why) {
  error_set(stored(why));
  return 1;
}

// ---- Settings: offset and length without spaces and line ends around, or length 0

typedef struct { u64 start, end; } part;

static part setting(const char *name) {
  u64 found = config_get(stored(name));
  part value = {found, found ? found + length(found) : 0};
  while (value.start < value.end && load_u8(value.start) <= ' ') value.start++;
  while (value.start < value.end && load_u8(value.end - 1) <= ' ') value.end--;
  return value;
}

static void hexadecimal(u8 byte) {
  put("0123456789ABCDEF"[byte >> 4]);
  put("0123456789ABCDEF"[byte & 15]);
}

static void in_json(part value) {
  for (; value.start < value.end; value.start++) {
    u8 byte = load_u8(value.start);
    if (byte < ' ') {
      text("\\u00");
      hexadecimal(byte);
    } else {
      if (byte == '"' || byte == '\\') put('\\');
      put(byte);
    }
  }
}

static void in_query(part value) {
  for (; value.start < value.end; value.start++) {
    u8 byte = load_u8(value.start), letter = byte | 32;
    if ((letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9')) {
      put(byte);
    } else {
      put('%');
      hexadecimal(byte);
    }
  }
}

// ---- The request

static const char *const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void input_in_base64(void) {
  u64 size = input_length();
  for (u64 place = 0; place < size; place += 3) {
    unsigned bits = 0;
    for (u64 each = place; each < place + 3; each++) bits = bits << 8 | (each < size ? input_load_u8(each) : 0);
    for (int digit = 0; digit < 4; digit++) put(place + digit > size ? '=' : ALPHABET[bits >> (18 - 6 * digit) & 63]);
  }
}

typedef struct { part url, key, settings[sizeof SETTINGS / sizeof *SETTINGS]; } question;

static void request(const char *function, const question *asked) {
  text("{\"request\":{\"method\":\"POST\",\"timeoutMs\":10000,\"noFollowRedirects\":true,\"url\":\""); // it has the key
  in_json(asked->url);
  text("/v1/navidrome/");
  text(function);
  char before = '?';
  for (unsigned each = 0; each < sizeof SETTINGS / sizeof *SETTINGS; each++) {
    if (asked->settings[each].start == asked->settings[each].end) continue;
    put(before);
    text(SETTINGS[each]);
    put('=');
    in_query(asked->settings[each]);
    before = '&';
  }
  text("\",\"headers\":{\"Content-Type\":\"application/json\"");
  if (asked->key.start < asked->key.end) {
    text(",\"X-API-Key\":\"");
    in_json(asked->key);
    put('"');
  }
  text("},\"body\":\"");
  input_in_base64();
  text("\"}}");
}

// ---- The response

static int is_at(u64 place, u64 end, const char *each) {
  for (; *each; each++, place++)
    if (place >= end || load_u8(place) != (u8)*each) return 0;
  return 1;
}

static int find(part within, const char *each) {
  for (; within.start < within.end; within.start++)
    if (is_at(within.start, within.end, each)) return 1;
  return 0;
}

static int failed_to_send(part answer) {
  static const char *const CAUSES[][2] = {
      {"xceeded", "Poly-Muse did not answer in time."}, // deadline, Client.Timeout
      {"imeout", "Poly-Muse did not answer in time."},
      {"refused", "Poly-Muse does not run at the address that the plugin has, or at another port. "
                  "In a container, 127.0.0.1 is the container itself."},
      {"no such host", "The host in the address of Poly-Muse is unknown to Navidrome."},
      {"x509", "Navidrome does not trust the certificate of Poly-Muse."},
      {"HTTP response to HTTPS", "Poly-Muse speaks http there, not https: change its address in the plugin."},
      {"nvalid URL", "The address of Poly-Muse must begin with http:// or https://: change it in the plugin."},
  };
  for (unsigned each = 0; each < sizeof CAUSES / sizeof *CAUSES; each++)
    if (find(answer, CAUSES[each][0])) return fail(CAUSES[each][1]);
  return fail("Poly-Muse cannot be reached. Check its address in the settings of the plugin.");
}

static int refused(unsigned status) {
  if (status == 401 || status == 403)
    return fail("Poly-Muse does not accept the key. Set a valid one in the settings of the plugin.");
  if (status == 400)
    return fail("Poly-Muse cannot use a setting of the plugin: the stem or the filter. Its log says why.");
  if (status == 421)
    return fail("Poly-Muse does not answer under this address. Its log names what to allow.");
  if (status == 404 || status == 405 || status == 422)
    return fail("There is no Poly-Muse at this address, or one of another version than the plugin. "
                "Check the address, or install the plugin again from `polymuse plugin navidrome`.");
  if (status >= 300 && status < 400)
    return fail("The address of Poly-Muse leads to another one. Set that one in the settings of the plugin.");
  if (status == 408 || status == 429 || status == 502 || status == 503 || status == 504)
    return fail("Poly-Muse is starting or busy. Try again in a moment.");
  return fail("Poly-Muse failed. Its log says why.");
}

// Decodes base64, eight digits and six bytes at a time where there are as many. Returns the length, or -1.
static u64 decode(part encoded, u64 to) {
  u8 digits[256];
  for (unsigned each = 0; each < 256; each++) digits[each] = 64;
  for (u8 each = 0; each < 64; each++) digits[(u8)ALPHABET[each]] = each;
  u64 place = encoded.start, out = to;
  for (; place + 8 < encoded.end; place += 8, out += 6) {
    u64 letters = load_u64(place), bits = 0;
    for (int each = 0; each < 8; each++, letters >>= 8) {
      u8 digit = digits[letters & 255];
      if (digit == 64) return (u64)-1;
      bits = bits << 6 | digit;
    }
    store_u64(out, __builtin_bswap64(bits << 16)); // two bytes more than are known, which the next ones replace
  }
  unsigned bits = 0, known = 0;
  for (; place < encoded.end && load_u8(place) != '='; place++) {
    u8 digit = digits[load_u8(place)];
    if (digit == 64) return (u64)-1;
    bits = bits << 6 | digit;
    known += 6;
    if (known >= 8) store_u8(out++, bits >> (known -= 8));
  }
  return out - to;
}

static int forward(const char *function, const char *beginning) {
  question asked = {setting("url"), setting("key"), {}};
  while (asked.url.start < asked.url.end && load_u8(asked.url.end - 1) == '/') asked.url.end--;
  if (asked.url.start == asked.url.end)
    return fail("The plugin does not know the address of Poly-Muse. Set it in the settings of the plugin.");
  for (unsigned each = 0; each < sizeof SETTINGS / sizeof *SETTINGS; each++)
    asked.settings[each] = setting(SETTINGS[each]);
  target = written = 0;
  request(function, &asked);
  u64 sent = target = alloc(written);
  written = 0;
  request(function, &asked);

  u64 found = http_send(sent);
  part answer = {found, found ? found + length(found) : 0};
  static const char BEGINNING[] = "{\"result\":{\"statusCode\":";
  if (!is_at(answer.start, answer.end, BEGINNING)) return failed_to_send(answer);
  u64 place = answer.start + sizeof BEGINNING - 1;
  unsigned status = 0;
  for (int digits = 0; digits < 3; digits++, place++) status = status * 10 + load_u8(place) - '0';
  if (status != 200) return refused(status);

  // The body is the last field, and base64 has no quotation marks.
  part body = {0, answer.end};
  while (body.end > place && load_u8(body.end - 1) != '"') body.end--;
  body.end--;
  body.start = body.end;
  while (body.start > place && load_u8(body.start - 1) != '"') body.start--;
  u64 decoded = alloc((body.end - body.start) / 4 * 3 + 16), size = decode(body, decoded);
  if (size == (u64)-1 || !is_at(decoded, decoded + size, beginning) || !is_at(decoded + size - 2, decoded + size, "]}"))
    return fail("What answers at the address is not Poly-Muse, or one of another version than the plugin.");
  output_set(decoded, size);
  return 0;
}

#define EXPORT(function, beginning) \
  __attribute__((export_name(#function))) int function(void) { return forward(#function, beginning); }
#ifndef FURTHER_MIX // Navidrome takes any one plugin that has these two, so that further copies must not have them
EXPORT(nd_get_sonic_similar_tracks, "{\"matches\":[")
EXPORT(nd_find_sonic_path, "{\"matches\":[")
#endif
EXPORT(nd_get_similar_songs_by_track, "{\"songs\":[")
EXPORT(nd_get_similar_songs_by_album, "{\"songs\":[")
EXPORT(nd_get_similar_songs_by_artist, "{\"songs\":[")
EXPORT(nd_get_similar_artists, "{\"artists\":[")
