package stablediffusion.spark;

import org.apache.spark.launcher.JavaModuleOptions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Is a standalone cluster of Spark on the loopback interface: a master and workers, each a process, of the jars that the build downloaded. */
final class Cluster implements AutoCloseable {
    private static final Path RUNTIME = Path.of("runtime", "target").toAbsolutePath();
    private static final Path APPLICATION = Path.of("target", "sd-spark.jar").toAbsolutePath();
    private static final String HOST = "127.0.0.1";
    /** Processes that live for seconds do without the second compiler. */
    private static final String QUICK_START = "-XX:TieredStopAtLevel=1";
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Path folder;
    private final int port;
    private final List<Process> processes = new ArrayList<>();

    /** @param folder for logs and the workers' files */
    Cluster(Path folder) throws IOException {
        this.folder = folder;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        processes.add(start("master", List.of("org.apache.spark.deploy.master.Master", "--host", HOST, "--port", Integer.toString(port),
                "--webui-port", "0")));
    }

    String master() {
        return "spark://" + HOST + ":" + port;
    }

    /**
     * Adds a worker with one core and one GPU, as far as Spark knows.
     *
     * @param gpu address of the GPU
     */
    Process addWorker(String gpu) throws IOException {
        Path script = folder.resolve("gpu-" + gpu);
        Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"" + gpu + "\"]}'\n");
        assertTrue(script.toFile().setExecutable(true));
        Process worker = start("worker-" + gpu, List.of("-Dspark.worker.resource.gpu.amount=1",
                "-Dspark.worker.resource.gpu.discoveryScript=" + script, "org.apache.spark.deploy.worker.Worker", "--host", HOST, "--cores",
                "1",
                "--memory", "1g", "--webui-port", "0", "--work-dir", folder.resolve("work-" + gpu).toString(), master()));
        processes.add(worker);
        return worker;
    }

    /** Begins to run the application in the folder; its output is in the files submit-NAME.out and submit-NAME.err. */
    Process submit(String name, List<String> sparkOptions, List<String> options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("org.apache.spark.deploy.SparkSubmit", "--master", master(),
                "--conf", "spark.driver.host=" + HOST, "--conf", "spark.ui.enabled=false",
                "--conf", "spark.network.timeout=900s", "--conf", "spark.sql.shuffle.partitions=2",
                "--conf", "spark.executor.extraJavaOptions=" + QUICK_START,
                "--executor-memory", "768m", "--executor-cores", "1", "--class", "stablediffusion.spark.application.SparkApplication"));
        arguments.addAll(sparkOptions);
        arguments.add(APPLICATION.toString());
        arguments.addAll(options);
        Process submit = start("submit-" + name, arguments);
        processes.add(submit);
        return submit;
    }

    /** Returns all that a process wrote. */
    String output(String name, String stream) throws IOException {
        return Files.readString(folder.resolve(name + "." + stream));
    }

    /** Returns the folder of what executors keep on their local disks. */
    Path localDisk() {
        return folder.resolve("local");
    }

    private Process start(String name, List<String> arguments) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java, "-Xmx768m", "-XX:+UseSerialGC", QUICK_START));
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of("-cp", RUNTIME.resolve("conf") + ":" + RUNTIME.resolve("jars") + "/*"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile());
        builder.environment().put("SPARK_HOME", RUNTIME.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_CONF_DIR", RUNTIME.resolve("conf").toString());
        builder.environment().put("SPARK_LOCAL_IP", HOST);
        builder.environment().put("SPARK_LOCAL_DIRS", localDisk().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    /** Returns the executor that a worker has started. */
    static ProcessHandle executor(Process worker) {
        await("an executor", () -> executors(worker).findAny().isPresent());
        return executors(worker).findAny().orElseThrow();
    }

    private static Stream<ProcessHandle> executors(Process worker) {
        return worker.descendants().filter(child -> child.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"));
    }

    /** Waits until something is so; fails after five minutes. */
    static void await(String what, BooleanSupplier isSo) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!isSo.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "waited too long for " + what);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for the end of a process and returns its exit code. */
    static int exitCode(Process process) throws InterruptedException {
        assertTrue(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), "it takes too long");
        return process.exitValue();
    }

    @Override
    public void close() {
        for (Process process : processes.reversed()) {
            List<ProcessHandle> children = process.descendants().toList();
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
