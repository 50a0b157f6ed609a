package stablediffusion.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import stablediffusion.library.ModelLibrary;
import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.spark.engine.ModelFolder;
import stablediffusion.spark.engine.ModelSettings;
import stablediffusion.spark.engine.SharedModel;
import stablediffusion.spark.engine.ShippedModel;
import stablediffusion.spark.output.Checksum;
import stablediffusion.spark.output.PictureStore;
import stablediffusion.spark.output.PictureTable;
import stablediffusion.spark.request.Requests;
import stablediffusion.weights.ConversionProgress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes a picture for each row of a table, on the executors of a Spark session.
 *
 * <pre>{@code
 * PictureJob.Report report = PictureJob.builder(Path.of("/shared/models/sd-v1-4")).run(session.read().json("prompts.jsonl"), "hdfs:///pictures");
 * Dataset<Row> pictures = session.read().parquet("hdfs:///pictures/table");
 * }</pre>
 *
 * <p>The columns of the table are fields of a request: {@code prompt}, and those of {@code docs/CLUSTER.md} that it has. The output holds each
 * picture once. A second run makes what is missing or damaged, and no more. The same row gives the same picture however the table is partitioned.
 */
public final class PictureJob {
    private static final Duration DEFAULT_TASK_TIME = Duration.ofMinutes(5);
    /** Pictures that are made to learn how long one takes: the first one of a size may compile kernels. */
    private static final int TRIALS = 2;
    /** Requests of which the first that gives a picture is measured. */
    private static final int CANDIDATES = 20;

    private final Builder values;
    private final SparkSession session;
    private final PictureStore store;

    /**
     * Counts what a run did.
     *
     * @param requested number of different requests in the table
     * @param made pictures that were made
     * @param found pictures that were there already and have their checksum
     * @param failures requests that gave no picture
     * @param firstFailure one of them, in words
     */
    public record Report(long requested, long made, long found, long failures, Optional<String> firstFailure) {}

    private PictureJob(Builder values, SparkSession session, String output) {
        this.values = new Builder(values);
        this.session = session;
        this.store = new PictureStore(session, output);
    }

    /**
     * Begins the settings of a job.
     *
     * @param model a converted model's folder, or a checkpoint, which is converted into a folder beside it on its first use; the executors see it
     *     under the same name, unless {@link Builder#shipModel} is set
     */
    public static Builder builder(Path model) {
        return new Builder(model);
    }

    private Report run(Dataset<Row> table) throws IOException {
        Requests.requireFields(table.schema(), values.ignored);
        ModelDirectory model = new ModelLibrary(Optional.empty()).open(values.settings.model(), values.messages, ConversionProgress.NONE);
        String maker = fingerprint(model) + " " + values.settings.precision();

        describe("finding the pictures that are missing");
        Dataset<Row> requests = Requests.distinct(table, maker, values.ignored).persist(StorageLevel.MEMORY_AND_DISK());
        Dataset<Row> missing = store.missing(requests);
        try {
            long requested = requests.count();
            long left = missing.count();
            if (left > 0) {
                generate(missing, left,
                        new PictureTask(values.settings, folder(model), ModelLibrary.name(model.folder()), store.writer(), values.inTable,
                                Progress.in(session.sparkContext())));
            }
            describe("counting");
            List<Row> failures = store.failures(missing).collectAsList();
            return new Report(requested, left - failures.size(), requested - left, failures.size(),
                    failures.stream().findFirst().map(PictureJob::words));
        } finally {
            requests.unpersist();
            store.removeUnfinished();
            describe("");
        }
    }

    private ModelFolder folder(ModelDirectory model) throws IOException {
        if (!values.ship) {
            return new SharedModel(model.folder().toAbsolutePath().normalize().toString());
        }
        describe("sending the model");
        values.messages.accept("sending the model to the executors");
        return ShippedModel.send(model, store.placeOfModel(), session.sparkContext().hadoopConfiguration());
    }

    private static String words(Row failure) {
        return "'" + failure.getString(1) + "': " + failure.getString(2);
    }

    private void generate(Dataset<Row> missing, long count, PictureTask task) {
        long perTask = values.picturesPerTask.isPresent() ? values.picturesPerTask.getAsInt() : estimate(missing, count, task);
        long slots = session.sparkContext().defaultParallelism();
        int tasks = (int) Math.max((count + perTask - 1) / perTask, Math.min(count, slots));
        describe("making " + count + " pictures in " + tasks + " tasks of some " + (count + tasks - 1) / tasks);
        values.messages.accept("making " + count + " pictures in " + tasks + " tasks");
        // Pictures of one size and prompt follow each other, because engines keep what they prepared for the last one.
        store.append(missing.repartition(tasks)
                .sortWithinPartitions("width", "height", "prompt", PictureTable.ID)
                .mapPartitions(task, Encoders.row(PictureTable.SCHEMA)));
    }

    /** Measures a picture on an executor, where there are enough for it to matter, and returns how many fill the time of a task. */
    private long estimate(Dataset<Row> missing, long count, PictureTask task) {
        if (count <= session.sparkContext().defaultParallelism()) {
            return 1;
        }
        describe("measuring the time of a picture");
        double seconds = session.createDataFrame(missing.takeAsList(CANDIDATES), missing.schema()).coalesce(1)
                .mapPartitions(task.timed(TRIALS), Encoders.DOUBLE()).head();
        values.messages.accept(String.format("a picture takes %.2f s on an executor", seconds));
        return Math.max(1, (long) (values.taskTime.toMillis() / 1e3 / Math.max(seconds, 1e-3)));
    }

    private void describe(String what) {
        session.sparkContext().setJobDescription(what.isEmpty() ? null : "sd: " + what);
    }

    /** Follows from all weights: the manifest has a checksum of each tensor. */
    private static String fingerprint(ModelDirectory model) {
        try {
            return Checksum.of(Files.readAllBytes(model.folder().resolve(Manifest.FILE)));
        } catch (IOException e) {
            throw new UserException("cannot read the model's manifest: " + FileFailure.reason(e), e);
        }
    }

    /** Holds the settings of a job. */
    public static final class Builder {
        private ModelSettings settings;
        private boolean ship;
        private boolean inTable;
        private OptionalInt picturesPerTask = OptionalInt.empty();
        private Duration taskTime = DEFAULT_TASK_TIME;
        private Set<String> ignored = Set.of();
        private Consumer<String> messages = _ -> {};

        private Builder(Path model) {
            settings = new ModelSettings(model.toString(), Engines.AUTO, ModelSettings.AUTO, 0, "", "");
        }

        private Builder(Builder other) {
            settings = other.settings;
            ship = other.ship;
            inTable = other.inTable;
            picturesPerTask = other.picturesPerTask;
            taskTime = other.taskTime;
            ignored = other.ignored;
            messages = other.messages;
        }

        /**
         * Sets what runs the networks: {@code auto}, {@code cpu} or a backend of TornadoVM. Where Spark gives a GPU to each task, its number is
         * added ({@code opencl:1}). Default: {@code auto}.
         */
        public Builder backend(String backend) {
            settings = settings.withBackend(backend);
            return this;
        }

        /** Sets the precision: {@code auto}, {@code f32}, {@code bf16} or {@code f16}. Default: {@code auto}. */
        public Builder precision(String precision) {
            settings = settings.withPrecision(precision);
            return this;
        }

        /** Sets the number of threads of the CPU engine in each executor, 1 to 1024. Default: one for each processor. */
        public Builder threads(int threads) {
            if (threads < 1) {
                throw new InvalidRequestException("the number of threads is " + threads + "; it must be at least 1");
            }
            settings = settings.withThreads(threads);
            return this;
        }

        /** Sets where {@code <lora:NAME:0.8>} in a prompt finds its file; every executor sees the folder under this name. Default: nowhere. */
        public Builder loraFolder(Path folder) {
            settings = settings.withLoraFolder(folder.toString());
            return this;
        }

        /** Sets where embeddings lie; every executor sees the folder under this name. Default: nowhere. */
        public Builder embeddingFolder(Path folder) {
            settings = settings.withEmbeddingFolder(folder.toString());
            return this;
        }

        /**
         * Sets whether the model's files are sent to each executor, once, by way of the output's file system, instead of being read from a path that
         * all share. Default: false.
         */
        public Builder shipModel(boolean ship) {
            this.ship = ship;
            return this;
        }

        /** Sets whether pictures are stored in the column {@code picture} of the table instead of in files. Default: false. */
        public Builder picturesInTable(boolean inTable) {
            this.inTable = inTable;
            return this;
        }

        /** Sets how many pictures a task makes, at least 1. Default: as many as fill {@link #taskTime}, by a measurement. */
        public Builder picturesPerTask(int count) {
            if (count < 1) {
                throw new InvalidRequestException("a task makes " + count + " pictures; it must be at least 1");
            }
            picturesPerTask = OptionalInt.of(count);
            return this;
        }

        /** Sets how long a task shall take, above 0. Default: five minutes. */
        public Builder taskTime(Duration time) {
            if (!time.isPositive()) {
                throw new InvalidRequestException("the time of a task is " + time.toSeconds() + " s; it must be above 0");
            }
            taskTime = time;
            return this;
        }

        /** Sets columns of the table that mean nothing here. Default: none, a column that is no field is an error. */
        public Builder ignoredColumns(Set<String> columns) {
            ignored = Set.copyOf(columns);
            return this;
        }

        /** Sets who is told what is being done, a line at a time. Default: nobody. */
        public Builder messages(Consumer<String> messages) {
            this.messages = messages;
            return this;
        }

        /**
         * Makes the pictures that are missing. One job at a time may write to an output.
         *
         * @param table of requests, with the columns of {@code docs/CLUSTER.md}
         * @param output folder for the table and the pictures: a path or URI of a file system that Hadoop knows and all executors share
         * @return what was done; a request that gives no picture is a row with its error, and no exception
         * @throws InvalidRequestException if a column is no field
         * @throws UserException if the model or a device does not work, or the output cannot be written
         */
        public Report run(Dataset<Row> table, String output) {
            try {
                return new PictureJob(this, table.sparkSession(), output).run(table);
            } catch (IOException e) {
                throw new UserException("cannot read or write " + output + ": " + FileFailure.reason(e), e);
            }
        }
    }
}
