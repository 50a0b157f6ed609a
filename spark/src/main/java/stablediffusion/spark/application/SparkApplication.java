package stablediffusion.spark.application;

import org.apache.spark.SparkException;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engines;
import stablediffusion.spark.PictureJob;
import stablediffusion.spark.engine.ModelSettings;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** Is the application that spark-submit starts. Exit codes: 0 done, 1 failed, 2 what was asked for is wrong. */
@Command(
        name = "sd-spark",
        description = "Makes a picture for each row of a table, on the executors of a Spark cluster.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd-spark --input prompts.csv --output pictures",
            "  sd-spark --input prompts.txt --seeds 1-4 --output pictures --pictures table",
            "  sd-spark --master spark://host:7077 -- --input hdfs:///prompts.parquet --output hdfs:///pictures --model /shared/sd-v1-4",
            "",
            "Before -- are options of spark-submit; without it, Spark runs in this process (local[2]). A request that gives no picture is a row of "
                    + "the table with its error. Run again, it makes what is missing or damaged, and no more. docs/CLUSTER.md tells the rest."
        })
public final class SparkApplication implements Runnable {
    @Spec
    private CommandSpec spec;

    @ArgGroup(validate = false, heading = "%nInput:%n", order = 1)
    private InputOptions inputOptions = new InputOptions();

    @Option(
            names = "--output",
            paramLabel = "PATH",
            required = true,
            description = "Folder of the output, on a file system that all executors share: PATH/table in Parquet, and PATH/pictures.")
    private String output;

    @Option(
            names = "--pictures",
            paramLabel = "files|table",
            defaultValue = "files",
            description = "Where pictures are stored: files (PNG, in folders by the first digits of their names) or table (the column picture; better "
                    + "for more than some hundred thousand). Default: ${DEFAULT-VALUE}.")
    private Place pictures;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "PATH",
            required = true,
            description = "A converted model's folder, or a checkpoint, which is converted first; a path that all executors share, unless --ship-model is given.")
    private Path model;

    @Option(
            names = "--ship-model",
            description = "Send the model's files from the driver to the local disk of each executor, once, by way of the file system of --output.")
    private boolean shipModel;

    @Option(names = "--lora-dir", paramLabel = "DIR",
            description = "Where <lora:NAME:0.8> in a prompt finds NAME.safetensors; a shared path.")
    private Optional<Path> loraFolder = Optional.empty();

    @Option(names = "--embedding-dir", paramLabel = "DIR", description = "Where embeddings (textual inversion) lie; a shared path.")
    private Optional<Path> embeddingFolder = Optional.empty();

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            defaultValue = Engines.AUTO,
            description = "What runs the networks: auto, cpu or a backend of TornadoVM (opencl, ptx, cuda …). Where Spark gives a GPU to each task, "
                    + "that one is used. Default: ${DEFAULT-VALUE}.")
    private String backend;

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            defaultValue = ModelSettings.AUTO,
            description = "Precision of activations and products: auto, f32, bf16, f16. Default: ${DEFAULT-VALUE}.")
    private String precision;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Number of threads of the CPU engine in each executor. Default: one for each processor.")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--task-minutes",
            paramLabel = "X",
            defaultValue = "5",
            description = "How long a task shall take; a picture is measured first. Default: ${DEFAULT-VALUE}.")
    private double taskMinutes;

    @Option(
            names = "--pictures-per-task",
            paramLabel = "N",
            description = "Number of pictures of a task, without a measurement.")
    private Optional<Integer> picturesPerTask = Optional.empty();

    /** Names places of pictures as users type them. */
    private enum Place {
        files,
        table
    }

    private SparkApplication() {}

    public static void main(String[] arguments) {
        int exitCode = commandLine().execute(arguments);
        // On YARN, the end of the application is Spark's own when all is well.
        if (exitCode != CommandLine.ExitCode.OK) {
            System.exit(exitCode);
        }
    }

    /** Returns the command line that {@link #main} runs. */
    static CommandLine commandLine() {
        return new CommandLine(new SparkApplication())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(SparkApplication::printUsageError)
                .setExecutionExceptionHandler((exception, commandLine, _) -> fail(commandLine.getErr(), exception));
    }

    @Override
    public void run() {
        PrintWriter messages = spec.commandLine().getErr();
        inputOptions.check();
        PictureJob.Builder job = job().messages(message -> print(messages, message));
        try (SparkSession session = SparkSession.builder().appName("sd-spark").getOrCreate()) {
            PictureJob.Report report = job.run(inputOptions.read(session), output);
            report(report, messages);
        } catch (IOException e) {
            throw new UserException("cannot read the input: " + e.getMessage(), e);
        }
    }

    private PictureJob.Builder job() {
        PictureJob.Builder job = PictureJob.builder(model)
                .shipModel(shipModel)
                .backend(backend)
                .precision(precision)
                .picturesInTable(pictures == Place.table)
                .ignoredColumns(inputOptions.ignored())
                .taskTime(Duration.ofMillis((long) (taskMinutes * Duration.ofMinutes(1).toMillis())));
        threads.ifPresent(job::threads);
        picturesPerTask.ifPresent(job::picturesPerTask);
        loraFolder.ifPresent(job::loraFolder);
        embeddingFolder.ifPresent(job::embeddingFolder);
        return job;
    }

    private void report(PictureJob.Report report, PrintWriter messages) {
        spec.commandLine().getOut().println(report.requested() + " requests: " + report.made() + " pictures made, " + report.found()
                + " were there, " + report.failures() + " failed");
        spec.commandLine().getOut().flush();
        report.firstFailure().ifPresent(failure -> print(messages, "a request that failed: " + failure));
        if (report.failures() > 0 && report.failures() == report.requested()) {
            throw new UserException("all requests failed; the column error of " + output + "/table says why");
        }
    }

    private static int fail(PrintWriter messages, Exception exception) {
        Optional<UserException> known = Stream.<Throwable>iterate(exception, Throwable::getCause).takeWhile(cause -> cause != null)
                .filter(UserException.class::isInstance).map(UserException.class::cast).findFirst();
        if (known.isPresent()) {
            print(messages, "sd-spark: " + known.get().getMessage());
            return known.get() instanceof InvalidRequestException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        }
        if (exception instanceof SparkException || exception.getClass().getName().startsWith("org.apache.spark")) {
            print(messages, "sd-spark: Spark: " + exception.getMessage().lines().filter(line -> !line.isBlank()).findFirst().orElse(""));
        } else {
            exception.printStackTrace(messages);
            messages.flush();
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static int printUsageError(ParameterException exception, String[] arguments) {
        CommandLine command = exception.getCommandLine();
        if (arguments.length == 0) {
            command.usage(command.getErr());
        } else {
            print(command.getErr(), "sd-spark: " + exception.getMessage() + " ('sd-spark --help' tells more)");
        }
        return CommandLine.ExitCode.USAGE;
    }

    private static void print(PrintWriter out, String message) {
        out.println(Printable.message(message));
        out.flush();
    }
}
