// The conformance suite of state adapters on a database of a real MariaDB server.
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';
import { type MariadbServer, startMariadb } from '../fixtures/mariadb-server.js';
import { PATIENT } from './scene-results.js';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb(['--event-scheduler=OFF']);
}, PATIENT.timeoutMs);
afterAll(() => server.close());

let scenes = 0;

async function openScene(): Promise<StateScene> {
  const name = `app ${++scenes} \`ä_`;
  const user = `user${scenes}`;
  server.query(
    `CREATE DATABASE ${quoted(name)} CHARACTER SET latin1; CREATE USER ${user} IDENTIFIED BY 'secret';`,
  );
  server.query(TABLES.replaceAll('@DB@', quoted(name)), name);
  server.query(`GRANT SELECT ON ${quoted(name.replaceAll('_', '\\_'))}.* TO ${user};
    GRANT EXECUTE ON PROCEDURE ${quoted(name)}.pay TO ${user}`);
  let changes = 0;
  return {
    settings: { url: server.url(name) },
    async change() {
      changes++;
      server.query(
        `INSERT INTO accounts (owner, balance) VALUES ('new ${changes}', 5), ('another', 6);
        UPDATE accounts SET balance = balance + 1 WHERE id % 7 = 0;
        DELETE FROM notes WHERE text = '${changes}';
        DELETE FROM moves WHERE id = 7;
        CREATE TABLE added${changes} (a INT);
        CREATE OR REPLACE PROCEDURE pay(amount INT) SELECT amount + ${changes};
        CREATE TRIGGER added${changes} AFTER INSERT ON added${changes} FOR EACH ROW SET @a = 1;
        CREATE VIEW added_view${changes} AS SELECT owner FROM accounts;
        DO NEXTVAL(numbers);
        ALTER TABLE odd\`\`name ADD COLUMN more${changes} INT;`.replaceAll(
          'odd``name',
          '`odd ``"\' name/%ä`',
        ),
        name,
      );
      server.query(`GRANT INSERT ON ${quoted(name)}.accounts TO ${user}`);
      if (changes === 1) server.query(`ALTER DATABASE ${quoted(name)} CHARACTER SET utf8mb4`);
      if (changes === 1) server.query('DROP TRIGGER first; DROP VIEW rich, richest; DROP EVENT later;', name);
    },
    describe: async () => describeDatabase(name, user),
    async close() {
      server.query(`DROP DATABASE ${quoted(name)}; DROP USER ${user};`);
    },
  };
}

/** Rows one by one: CHECKSUM TABLE differs between equal tables that have computed columns. */
function describeDatabase(name: string, user: string): string {
  const tables = server
    .query('SHOW FULL TABLES', name)
    .split('\n')
    .map((line) => line.split('\t'));
  const parts = tables.flatMap(([table = '', type]) => {
    const quote = quoted(table);
    if (type === 'SEQUENCE')
      return [`SHOW CREATE SEQUENCE ${quote}`, `SELECT next_not_cached_value FROM ${quote}`];
    return [`SHOW CREATE TABLE ${quote}`, ...(type === 'VIEW' ? [] : [`SELECT * FROM ${quote} ORDER BY 1`])];
  });
  return server.query(
    [
      'SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()',
      ...parts,
      // A float is printed with six digits otherwise.
      'SELECT f * 1e0, d FROM sorts ORDER BY id',
      'SELECT ROUTINE_NAME, ROUTINE_DEFINITION, SQL_MODE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1',
      'SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_ORDER, ACTION_STATEMENT, SQL_MODE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1',
      'SELECT EVENT_NAME, EVENT_DEFINITION, STARTS, STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1',
      `SHOW GRANTS FOR ${user}`,
      "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'savepoint%'",
    ].join(';\n'),
    name,
  );
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

const TABLES = `
SET sql_mode = 'ALLOW_INVALID_DATES';
CREATE SEQUENCE numbers START WITH 5;
CREATE TABLE accounts (id INT AUTO_INCREMENT PRIMARY KEY, owner VARCHAR(50) NOT NULL UNIQUE, balance DECIMAL(20,4) DEFAULT 0,
  twice DECIMAL(20,4) AS (balance * 2) STORED, thrice DECIMAL(20,4) AS (balance * 3) VIRTUAL,
  changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), CHECK (balance > -100));
INSERT INTO accounts (owner, balance) SELECT CONCAT('owner ', seq), seq + 0.0001 FROM seq_1_to_1000;
ALTER TABLE accounts AUTO_INCREMENT = 5000;
CREATE TABLE moves (id BIGINT UNSIGNED PRIMARY KEY, account INT, FOREIGN KEY (account) REFERENCES accounts (id) ON DELETE CASCADE,
  parent BIGINT UNSIGNED, CONSTRAINT own_name FOREIGN KEY (parent) REFERENCES moves (id));
INSERT INTO moves VALUES (1, 1, NULL), (18446744073709551615, 2, 1), (7, 3, NULL);
CREATE TABLE notes (text TEXT CHARACTER SET utf8mb4) ENGINE=InnoDB;
INSERT INTO notes VALUES ('a tab\\t, a line\\nend, a backslash \\\\ a quote '' a zero \\0 and 😀'), (NULL), ('NULL'), (''), ('1'), ('2'), ('2'), ('=x'), ('0x41');
CREATE TABLE sorts (id INT PRIMARY KEY, f FLOAT, d DOUBLE, b BIT(9), bl BLOB, vb VARBINARY(20), bn BINARY(4), e ENUM('NULL', 'é'), s SET('a', 'b'),
  j JSON, g GEOMETRY, u UUID, i INET6, y YEAR, t TIME(3), dt DATETIME(6), da DATE, ts TIMESTAMP NULL, l CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin, k VARCHAR(9) CHARACTER SET ucs2);
INSERT INTO sorts VALUES (1, 0.1, 1e-300, b'101010101', UNHEX('00FF0A095C27'), '', 'ab', 'NULL', 'a,b', '{"a": [1, "x\\\\ny"]}', ST_GeomFromText('POINT(1 2)'),
  UUID(), '::1', 2024, '-12:30:01.123', '0000-00-00', '2024-02-31', '1970-01-01 00:00:01', 'é', '日本'),
  (2, 16777217, 0.1, 0, NULL, 'x', '', 'é', '', NULL, NULL, NULL, NULL, NULL, NULL, '2024-01-02 03:04:05.678901', '0000-00-00', NULL, NULL, NULL),
  (3, 3.4e38, -1.7976931348623157e308, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE \`odd \`\`"' name/%ä\` (\`a \`\`ä\` INT, b INT GENERATED ALWAYS AS (\`a \`\`ä\` + 1));
INSERT INTO \`odd \`\`"' name/%ä\` (\`a \`\`ä\`) VALUES (1), (2), (2);
CREATE TABLE old_style (id INT PRIMARY KEY, t VARCHAR(9)) ENGINE=MyISAM;
INSERT INTO old_style VALUES (1, 'x');
CREATE TABLE parted (a INT PRIMARY KEY, b TEXT) PARTITION BY RANGE (a) (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE);
INSERT INTO parted SELECT seq, seq FROM seq_1_to_20;
CREATE FUNCTION double_it(x INT) RETURNS INT DETERMINISTIC RETURN x * 2;
CREATE VIEW richest AS SELECT owner, double_it(balance) AS much FROM accounts WHERE balance > 990;
CREATE VIEW rich AS SELECT owner FROM richest WHERE much > 1990;
DELIMITER //
CREATE PROCEDURE pay(amount INT) BEGIN SELECT 'a;b;;c', amount; END//
CREATE TRIGGER first BEFORE INSERT ON moves FOR EACH ROW BEGIN SET NEW.id = NEW.id; SET @x = ';;'; END//
CREATE TRIGGER second BEFORE INSERT ON moves FOR EACH ROW SET @y = 1//
DELIMITER ;
CREATE EVENT later ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DO SET @x = 1;`;

describeStateAdapter(
  { describe, it: (name, test) => it(name, test, PATIENT.timeoutMs) },
  mariadbAdapter,
  openScene,
);
