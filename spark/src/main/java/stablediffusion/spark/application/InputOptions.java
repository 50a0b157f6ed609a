package stablediffusion.spark.application;

import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine.Option;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.spark.request.Field;
import stablediffusion.spark.request.RequestRow;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Options for the requests. */
final class InputOptions {
    private static final int MOST_SEEDS = 100_000;
    private static final Pattern SEEDS = Pattern.compile("(\\d{1,18})(?:-(\\d{1,18}))?");

    @Option(
            names = "--input",
            paramLabel = "PATH",
            required = true,
            description = "The requests: a file or folder, on any file system that Hadoop knows, or the name of a table.")
    private String input;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "csv (with a line of column names), json (an object on each line), parquet, table, or prompts (one on each line, # begins a "
                    + "comment). Default: by the ending .csv, .json, .jsonl, .ndjson, .parquet or .txt.")
    private Optional<Format> format = Optional.empty();

    @Option(
            names = "--seeds",
            paramLabel = "N-M",
            split = ",",
            description = "Make each prompt of a file of prompts with each of these seeds, as in 1-4 or 1,5,9. Default: one seed that follows from "
                    + "the prompt.")
    private List<String> seeds = new ArrayList<>();

    @Option(
            names = "--ignore",
            paramLabel = "COLUMN",
            split = ",",
            description = "A column that means nothing here. Default: a column that is no field of a request is an error.")
    private Set<String> ignored = new HashSet<>();

    /** Names forms of input as users type them. */
    enum Format {
        csv,
        json,
        parquet,
        table,
        prompts
    }

    Set<String> ignored() {
        return ignored;
    }

    /**
     * Checks the options before Spark starts.
     *
     * @throws InvalidRequestException if they do not fit together
     */
    void check() {
        Format known = format();
        if (!seeds.isEmpty() && known != Format.prompts) {
            throw new InvalidRequestException("--seeds goes with a file of prompts; in other input, seed is a column");
        }
        seedList();
    }

    /**
     * Reads the input.
     *
     * @throws InvalidRequestException if there is none
     */
    Dataset<Row> read(SparkSession session) throws IOException {
        Format known = format();
        if (known == Format.table) {
            return table(session);
        }
        Path path = new Path(input);
        if (!path.getFileSystem(session.sparkContext().hadoopConfiguration()).exists(path)) {
            throw new InvalidRequestException("there is no input " + input);
        }
        return switch (known) {
            case csv -> csv(session);
            case json -> session.read().option("primitivesAsString", true).json(input);
            case parquet -> session.read().parquet(input);
            case prompts -> prompts(session);
            case table -> throw new IllegalStateException();
        };
    }

    private Dataset<Row> table(SparkSession session) {
        try {
            if (!session.catalog().tableExists(input)) {
                throw new InvalidRequestException("there is no table " + input);
            }
        } catch (Exception failure) {
            // Scala declares no exceptions, so that Java takes this one for impossible.
            if (failure instanceof ParseException) {
                throw new InvalidRequestException(
                        "'" + input + "' is no name of a table: write for instance requests or catalog.schema.requests",
                        failure);
            }
            throw failure;
        }
        return session.table(input);
    }

    private Format format() {
        return format.orElseGet(() -> switch (input.substring(input.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "csv" -> Format.csv;
            case "json", "jsonl", "ndjson" -> Format.json;
            case "parquet" -> Format.parquet;
            case "txt" -> Format.prompts;
            default -> throw new InvalidRequestException(
                    "the name of the input, " + input + ", does not say what it is: add --format csv, json, "
                            + "parquet, table or prompts");
        });
    }

    /** Reads all columns as text, and keeps lines that do not fit them. */
    private Dataset<Row> csv(SparkSession session) {
        var reader = session.read().option("header", true).option("multiLine", true).option("escape", "\"");
        StructType schema = reader.csv(input).schema().add(RequestRow.DAMAGE_COLUMN, DataTypes.StringType);
        return reader.option("columnNameOfCorruptRecord", RequestRow.DAMAGE_COLUMN).schema(schema).csv(input);
    }

    private Dataset<Row> prompts(SparkSession session) {
        StructType schema = new StructType().add(Field.PROMPT.column(), DataTypes.StringType);
        List<String> listed = seedList();
        Dataset<Row> prompts = session.read().textFile(input)
                .map((MapFunction<String, String>) String::strip, Encoders.STRING())
                .filter((FilterFunction<String>) line -> !line.isEmpty() && !line.startsWith("#"))
                .map((MapFunction<String, Row>) RowFactory::create, Encoders.row(schema));
        return listed.isEmpty() ? prompts
                : prompts.crossJoin(session.createDataset(listed, Encoders.STRING()).toDF(Field.SEED.column()));
    }

    private List<String> seedList() {
        List<String> all = new ArrayList<>();
        for (String part : seeds) {
            Matcher matcher = SEEDS.matcher(part.strip());
            if (!matcher.matches()) {
                throw new InvalidRequestException("--seeds " + part + " is no seed and no range of seeds: write for instance 1-4 or 1,5,9");
            }
            long first = Long.parseLong(matcher.group(1));
            long last = matcher.group(2) == null ? first : Long.parseLong(matcher.group(2));
            if (last < first || last - first >= MOST_SEEDS) {
                throw new InvalidRequestException("--seeds " + part + " is empty, or has more than " + MOST_SEEDS + " seeds");
            }
            for (long seed = first; seed <= last; seed++) {
                all.add(Long.toString(seed));
            }
        }
        return all;
    }
}
