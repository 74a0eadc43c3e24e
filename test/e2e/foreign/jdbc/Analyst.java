import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Lists the tables of a database as a tool of Java does, and runs the queries of standard input, which NUL divides. */
public class Analyst {
    public static void main(String[] args) throws Exception {
        Properties login = new Properties();
        login.setProperty("user", args[1]);
        login.setProperty("password", System.getenv("ANALYST_PASSWORD"));
        String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        List<String> results = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(args[0], login)) {
            List<String> tables = new ArrayList<>();
            try (ResultSet found = connection.getMetaData().getTables(null, args[2], "%", null)) {
                while (found.next()) tables.add(text(found.getString("TABLE_NAME")));
            }
            for (String query : input.split("\0")) {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery(query)) {
                    results.add(rowsOf(rows));
                }
            }
            System.out.println("{\"tables\":[" + String.join(",", tables) + "],\"results\":[" + String.join(",", results) + "]}");
        }
    }

    private static String rowsOf(ResultSet rows) throws Exception {
        ResultSetMetaData columns = rows.getMetaData();
        List<String> all = new ArrayList<>();
        while (rows.next()) {
            List<String> cells = new ArrayList<>();
            for (int at = 1; at <= columns.getColumnCount(); at += 1) cells.add(text(plain(rows.getObject(at), rows.getString(at))));
            all.add("[" + String.join(",", cells) + "]");
        }
        return "[" + String.join(",", all) + "]";
    }

    /** Not as 0E-24. */
    private static String plain(Object value, String text) {
        return value instanceof BigDecimal decimal ? decimal.toPlainString() : text;
    }

    private static String text(String value) {
        if (value == null) return "null";
        return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
