package stablediffusion.tests.fuzz;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs some cases of each target, the same in each build; {@code tests/fuzz} runs others for as long as is wanted. */
@TestInstance(Lifecycle.PER_CLASS)
class FuzzTest {
    private static final int CASES = 25;
    private static final long SEED = 20260101;

    private Targets targets;
    private Campaign campaign;

    @BeforeAll
    void prepare(@TempDir Path folder) {
        targets = new Targets(Path.of(".."), folder);
        campaign = new Campaign(folder.resolve("case"));
    }

    @AfterAll
    void end() {
        campaign.close();
        targets.close();
    }

    Stream<String> names() {
        return targets.names().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void damagedInputIsReadOrRefusedInOneLine(String name) throws InterruptedException {
        Target target = targets.all().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
        Random seeds = new Random(SEED);
        for (int i = 0; i < CASES; i++) {
            assertEquals(Optional.empty(), campaign.one(target, seeds.nextLong()).map(Campaign.Finding::toString));
        }
    }

    /** A room that finds nothing proves nothing unless it finds what is there. */
    @Test
    void whatBreaksTheContractIsFound() throws InterruptedException {
        assertFound("NullPointerException", (_, _) -> {
            throw new NullPointerException();
        });
        assertFound("StackOverflowError", (_, _) -> {
            throw new StackOverflowError();
        });
        assertFound("of the processor", (_, _) -> {
            long end = System.nanoTime() + 10_000_000_000L;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        });
        assertFound("left behind [left]", (_, scratch) -> writeBeside(scratch));
    }

    private static void writeBeside(Scratch scratch) throws IOException {
        Files.writeString(scratch.folder().resolve("left"), "");
    }

    private interface Body {
        void run(Mutator mutator, Scratch scratch) throws Exception;
    }

    private void assertFound(String expected, Body body) throws InterruptedException {
        Optional<Campaign.Finding> finding = campaign.one(new Target() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public void run(Mutator mutator, Scratch scratch) throws Exception {
                body.run(mutator, scratch);
            }
        }, 1);
        assertTrue(finding.map(Campaign.Finding::what).orElse("nothing").contains(expected), finding.toString());
    }
}
