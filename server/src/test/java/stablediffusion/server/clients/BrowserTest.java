package stablediffusion.server.clients;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.server.TestServer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Drives the page in Chromium. */
@Timeout(1200)
class BrowserTest {

    @Test
    void thePageIsUsedAsAPersonDoes() {
        Optional<Path> browser = NpmProject.program("chromium", "chromium-browser", "google-chrome");
        assumeTrue(browser.isPresent(), "there is no Chromium in /usr/bin");
        NpmProject project = new NpmProject(Path.of("src", "test", "browser"));
        try (TestServer server = new TestServer()) {
            String output = project.node("page.js", server.address() + "/", browser.get().toString());
            assertTrue(output.contains("page: passed"), output);
            output.lines().filter(line -> line.contains("from opening the page")).forEach(System.out::println);
            assertEquals(List.of(), server.bugs);
        }
    }
}
