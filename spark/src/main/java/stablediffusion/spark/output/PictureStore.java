package stablediffusion.spark.output;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;

/**
 * Is the output of jobs: a Parquet table, and the pictures in it or in folders beside it. Holds each picture once, however often jobs were run,
 * killed and repeated.
 */
public final class PictureStore {
    private static final String TABLE = "table";
    private static final int SHA2_BITS = 256;

    private final SparkSession session;
    private final Path table;
    private final Configuration configuration;
    private final PictureFolder folder;

    /** @param root folder of the output: a path or a URI of a file system that Hadoop knows */
    public PictureStore(SparkSession session, String root) {
        this.session = session;
        this.configuration = session.sparkContext().hadoopConfiguration();
        this.table = new Path(root, TABLE);
        this.folder = new PictureFolder(root, new SerializableConfiguration(configuration));
    }

    /** Returns what writes pictures into folders, for tasks. */
    public PictureWriter writer() {
        return new PictureWriter(folder);
    }

    /** Returns the table; without rows if there is none yet. */
    public Dataset<Row> rows() {
        return exists() ? session.read().schema(PictureTable.SCHEMA).parquet(table.toString())
                : session.createDataFrame(List.of(), PictureTable.SCHEMA);
    }

    /**
     * Returns the requests that have no sound picture, and removes from the table what it says about them. The result is fixed: it does not
     * change with the table.
     *
     * @param requests with the column {@code id}
     */
    public Dataset<Row> missing(Dataset<Row> requests) throws IOException {
        folder.removeUnfinished();
        if (!exists()) {
            return fixed("missing", requests);
        }
        Dataset<Row> known = rows().join(requests.select(PictureTable.ID), PictureTable.ID);
        Dataset<Row> sound = fixed("sound", sound(known).select(PictureTable.ID).distinct());
        Dataset<Row> unsound = fixed("unsound",
                known.select(PictureTable.ID).distinct().join(sound, asColumns(PictureTable.ID), "left_anti"));
        remove(unsound);
        return fixed("missing", requests.join(sound, asColumns(PictureTable.ID), "left_anti"));
    }

    /**
     * Writes rows to a file and returns what is in it: computed once, although the table changes, and there although an executor dies, which a
     * checkpoint on executors is not.
     */
    private Dataset<Row> fixed(String name, Dataset<Row> rows) {
        String path = new Path(folder.unfinished(), name).toString();
        rows.write().parquet(path);
        return session.read().schema(rows.schema()).parquet(path);
    }

    /** Removes what attempts left behind that were killed, and the result of {@link #missing}. */
    public void removeUnfinished() throws IOException {
        folder.removeUnfinished();
    }

    /** Returns a folder for a copy of the model, which {@link #removeUnfinished} removes. */
    public Path placeOfModel() {
        return new Path(folder.unfinished(), "model");
    }

    private static String[] asColumns(String name) {
        return new String[] {name};
    }

    /** Returns the rows whose picture is there and has its checksum. */
    private Dataset<Row> sound(Dataset<Row> rows) {
        Dataset<Row> made = rows.filter(col(PictureTable.ERROR).isNull());
        Dataset<Row> inTable = made.filter(sha2(col(PictureTable.PICTURE), SHA2_BITS).equalTo(col(PictureTable.SHA256)));
        PictureFolder files = folder;
        FilterFunction<Row> holds = row -> files.holds(row.getString(0), row.getString(1));
        Dataset<Row> inFolder = made.filter(col(PictureTable.PATH).isNotNull()).select(PictureTable.ID, PictureTable.SHA256).filter(holds);
        return inTable.select(PictureTable.ID).unionByName(inFolder.select(PictureTable.ID));
    }

    /**
     * Removes rows, and all but one of those that are there twice. Only files with such rows are written anew, before they are deleted: if this
     * is interrupted, rows are there twice and the next call removes them.
     */
    private void remove(Dataset<Row> ids) throws IOException {
        Dataset<Row> twice = rows().groupBy(PictureTable.ID).agg(count(lit(1)).as("rows")).filter("rows > 1").select(PictureTable.ID);
        Dataset<Row> touched = ids.union(twice).distinct();
        List<String> old = rows().select(col(PictureTable.ID), input_file_name().as("file"))
                .join(touched, PictureTable.ID).select("file").distinct().as(Encoders.STRING()).collectAsList();
        if (old.isEmpty()) {
            return;
        }
        append(session.read().schema(PictureTable.SCHEMA).parquet(old.toArray(String[]::new))
                .join(ids, asColumns(PictureTable.ID), "left_anti")
                .dropDuplicates(PictureTable.ID));
        for (String file : old) {
            Path path = new Path(file);
            path.getFileSystem(configuration).delete(path, false);
        }
    }

    /** Adds rows to the table. Those of a task stay, also if the job is killed later: version 2 of the algorithm moves them when a task ends. */
    public void append(Dataset<Row> rows) {
        rows.write().option("mapreduce.fileoutputcommitter.algorithm.version", "2").mode(SaveMode.Append).parquet(table.toString());
    }

    /** Returns the rows of requests that failed. */
    public Dataset<Row> failures(Dataset<Row> requests) {
        return rows().filter(col(PictureTable.ERROR).isNotNull()).join(requests.select(PictureTable.ID), PictureTable.ID)
                .select(col(PictureTable.ID), coalesce(col("prompt"), lit("")).as("prompt"), col(PictureTable.ERROR));
    }

    private boolean exists() {
        try {
            FileSystem files = table.getFileSystem(configuration);
            return files.exists(table) && files.globStatus(new Path(table, "*.parquet")).length > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
