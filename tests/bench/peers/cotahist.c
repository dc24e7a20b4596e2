/*
 * The peer: a COTAHIST file into `prices` and `price_details` as a C program of a hundred lines does it.
 *
 * All lines are read, sorted by ticker and day, and put in with prepared upserts in one transaction. It
 * has no lock and no log, checks nothing and rejects nothing. Ordinary tickers only: no forwards.
 *
 * Arguments: file, database, markets as one text of three digits each, statements that make the tables,
 * upsert of prices, upsert of details.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 247 };

static sqlite3 *db;

static void check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  fprintf(stderr, "%s\n", db ? sqlite3_errmsg(db) : "no database");
  exit(1);
}

static double number(const char *at, int length) {
  double value = 0;
  for (int i = 0; i < length; i++) value = value * 10 + (at[i] - '0');
  return value;
}

static int by_key(const void *a, const void *b) {
  const char *left = *(const char *const *)a, *right = *(const char *const *)b;
  int order = memcmp(left + 12, right + 12, 12);
  return order ? order : memcmp(left + 2, right + 2, 8);
}

static void real_or_null(sqlite3_stmt *to, int place, double value) {
  if (value == 0) sqlite3_bind_null(to, place);
  else sqlite3_bind_double(to, place, value);
}

static void text(sqlite3_stmt *to, int place, const char *at, int length) {
  while (length > 0 && at[length - 1] == ' ') length--;
  while (length > 0 && *at == ' ') at++, length--;
  if (length == 0) sqlite3_bind_null(to, place);
  else sqlite3_bind_text(to, place, at, length, SQLITE_STATIC);
}

static void key(sqlite3_stmt *to, const char *name, const char *date) {
  sqlite3_bind_text(to, 1, name, -1, SQLITE_STATIC);
  sqlite3_bind_text(to, 2, date, 10, SQLITE_STATIC);
  sqlite3_bind_text(to, 3, "cotahist", 8, SQLITE_STATIC);
}

static void run(sqlite3_stmt *statement) {
  check(sqlite3_step(statement));
  check(sqlite3_reset(statement));
}

int main(int count, char **given) {
  if (count != 7) return 2;
  FILE *file = fopen(given[1], "rb");
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  size_t size = ftell(file);
  rewind(file);
  char *all = malloc(size);
  if (fread(all, 1, size, file) != size) return 2;
  const char **lines = malloc((size / LINE + 1) * sizeof *lines);
  size_t rows = 0;
  for (char *at = all; at + LINE <= all + size; at += LINE) {
    if (at[0] != '0' || at[1] != '1') continue;
    for (const char *market = given[3]; *market; market += 3) {
      if (memcmp(at + 24, market, 3) != 0) continue;
      lines[rows++] = at;
      break;
    }
  }
  qsort(lines, rows, sizeof *lines, by_key);
  check(sqlite3_open(given[2], &db));
  check(sqlite3_exec(db, given[4], NULL, NULL, NULL));
  sqlite3_stmt *prices, *details;
  check(sqlite3_prepare_v2(db, given[5], -1, &prices, NULL));
  check(sqlite3_prepare_v2(db, given[6], -1, &details, NULL));
  check(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
  for (size_t row = 0; row < rows; row++) {
    const char *at = lines[row];
    char name[16], date[11], expiry[11];
    int length = 12;
    while (length > 0 && at[11 + length] == ' ') length--;
    snprintf(name, sizeof name, "%.*s.SA", length, at + 12);
    snprintf(date, sizeof date, "%.4s-%.2s-%.2s", at + 2, at + 6, at + 8);
    double divisor = 100 * number(at + 210, 7);
    key(prices, name, date);
    sqlite3_bind_double(prices, 4, number(at + 56, 13) / divisor);
    sqlite3_bind_double(prices, 5, number(at + 69, 13) / divisor);
    sqlite3_bind_double(prices, 6, number(at + 82, 13) / divisor);
    sqlite3_bind_double(prices, 7, number(at + 108, 13) / divisor);
    sqlite3_bind_null(prices, 8);
    sqlite3_bind_int64(prices, 9, (sqlite3_int64)number(at + 152, 18));
    sqlite3_bind_int64(prices, 10, 1);
    run(prices);
    key(details, name, date);
    text(details, 4, at + 52, 4);
    text(details, 5, at + 230, 12);
    text(details, 6, at + 39, 10);
    sqlite3_bind_int64(details, 7, (sqlite3_int64)number(at + 242, 3));
    text(details, 8, at + 24, 3);
    sqlite3_bind_null(details, 9);
    real_or_null(details, 10, number(at + 188, 13) / divisor);
    if (memcmp(at + 202, "99991231", 8) == 0 || at[202] == '0') sqlite3_bind_null(details, 11);
    else {
      snprintf(expiry, sizeof expiry, "%.4s-%.2s-%.2s", at + 202, at + 206, at + 208);
      sqlite3_bind_text(details, 11, expiry, 10, SQLITE_STATIC);
    }
    sqlite3_bind_int64(details, 12, (sqlite3_int64)number(at + 147, 5));
    sqlite3_bind_double(details, 13, number(at + 170, 18) / 100);
    real_or_null(details, 14, number(at + 95, 13) / divisor);
    real_or_null(details, 15, number(at + 121, 13) / divisor);
    real_or_null(details, 16, number(at + 134, 13) / divisor);
    sqlite3_bind_int64(details, 17, 1);
    run(details);
  }
  check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
  sqlite3_finalize(prices);
  sqlite3_finalize(details);
  check(sqlite3_close(db));
  printf("{\"rows\":%zu}\n", rows);
  return 0;
}
