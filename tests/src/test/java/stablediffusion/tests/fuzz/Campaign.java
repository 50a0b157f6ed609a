package stablediffusion.tests.fuzz;

import com.sun.management.OperatingSystemMXBean;
import stablediffusion.model.UserException;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs cases of all targets in turn, and finds those that break the contract: an input below 1 MB is read, or refused in one line, in two
 * seconds of the processor and in the memory of this JVM, and nothing is left behind.
 */
final class Campaign implements AutoCloseable {
    private static final double MOST_SECONDS = 2;
    /** A costly case is repeated, because the compiler of the JVM works at the same time now and then. */
    private static final int TURNS = 3;
    private static final int HANGS_AFTER_SECONDS = 60;

    /** A case that broke the contract; its seed makes it again. */
    record Finding(String target, long seed, String what) {
        @Override
        public String toString() {
            return target + ", seed " + seed + ": " + what;
        }
    }

    private final Path folder;
    private ExecutorService thread = newThread();

    /** @param folder for the files of a case */
    Campaign(Path folder) {
        this.folder = folder;
    }

    private static ExecutorService newThread() {
        return Executors.newSingleThreadExecutor(task -> {
            Thread worker = new Thread(task, "case");
            worker.setDaemon(true);
            return worker;
        });
    }

    /**
     * Runs the campaign, for a time or with one case.
     *
     * @param arguments number of seconds and a seed, which decides all cases; or the name of a target and the seed of a case
     */
    public static void main(String[] arguments) throws Exception {
        Path work = Files.createTempDirectory("fuzz");
        long seed = Long.parseLong(arguments[1]);
        List<Finding> findings;
        try (Campaign campaign = new Campaign(work.resolve("case")); Targets all = new Targets(Path.of(""), work)) {
            List<Target> targets = all.all();
            Optional<Target> single = targets.stream().filter(target -> target.name().equals(arguments[0])).findFirst();
            findings = single.isPresent() ? campaign.one(single.get(), seed).stream().toList()
                    : campaign.run(targets, seed, Integer.parseInt(arguments[0]), System.out);
        } finally {
            new Scratch(work).clear();
            Files.deleteIfExists(work);
        }
        findings.forEach(System.out::println);
        // Threads that never end would keep the process.
        Runtime.getRuntime().halt(findings.isEmpty() ? 0 : 1);
    }

    private List<Finding> run(List<Target> targets, long seed, int seconds, PrintStream out) throws InterruptedException {
        List<Finding> findings = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        int cases = 0; // of each kind
        Random seeds = new Random(seed);
        while (System.nanoTime() < end) {
            for (Target target : targets) {
                Optional<Finding> finding = one(target, seeds.nextLong());
                finding.ifPresent(out::println);
                finding.ifPresent(findings::add);
            }
            cases++;
        }
        out.println(cases * targets.size() + " cases in " + seconds + " s, seed " + seed + ": " + findings.size() + " findings");
        for (Target target : targets) {
            long found = findings.stream().filter(finding -> finding.target().equals(target.name())).count();
            out.println("  " + target.name() + ": " + cases + " cases, " + found + " findings");
        }
        return findings;
    }

    /** Runs a case of a target. */
    Optional<Finding> one(Target target, long seed) throws InterruptedException {
        double fastest = Double.POSITIVE_INFINITY;
        for (int turn = 0; turn < TURNS && fastest > MOST_SECONDS; turn++) {
            Scratch scratch = new Scratch(folder);
            scratch.clear();
            long start = processorTime();
            Optional<String> problem = problem(target, seed, scratch);
            fastest = Math.min(fastest, (processorTime() - start) * 1e-9);
            if (problem.isPresent()) {
                return problem.map(what -> new Finding(target.name(), seed, what));
            }
        }
        return fastest > MOST_SECONDS
                ? Optional.of(new Finding(target.name(), seed, "took %.1f s of the processor".formatted(fastest)))
                : Optional.empty();
    }

    /** Returns the nanoseconds that all threads of this process have computed: other processes make a case slow, but not costly. */
    private static long processorTime() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private Optional<String> problem(Target target, long seed, Scratch scratch) throws InterruptedException {
        try {
            thread.submit(() -> {
                target.run(new Mutator(new Random(seed)), scratch);
                return null;
            }).get(HANGS_AFTER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException hangs) {
            // The thread cannot be stopped; the next case gets another one.
            thread.shutdownNow();
            thread = newThread();
            return Optional.of("hangs");
        } catch (ExecutionException failure) {
            if (!(failure.getCause() instanceof UserException refused) || !refused.getMessage().equals(refused.getMessage().strip())) {
                StringWriter trace = new StringWriter();
                failure.getCause().printStackTrace(new PrintWriter(trace));
                return Optional.of(trace.toString());
            }
        }
        List<Path> left = scratch.leftBehind();
        return left.isEmpty() ? Optional.empty() : Optional.of("left behind " + left);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
