package stablediffusion.server.clients;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.server.TestServer;
import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Limits;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs clients that others wrote, as npm has them, against a server. */
@Timeout(1200)
class ClientsTest {
    private static final String KEY = "a key";
    private static NpmProject clients;

    @BeforeAll
    static void install() {
        clients = new NpmProject(Path.of("src", "test", "clients"));
    }

    private static TestServer withKey() {
        return new TestServer(new AccessRules(Optional.of(KEY), Set.of(), Set.of()), Limits.DEFAULT, 100, Optional.empty());
    }

    @Test
    void openAisClientPaints() {
        try (TestServer server = withKey()) {
            assertTrue(clients.node("openai.js", server.address(), KEY, TestServer.MODEL).contains("passed"));
            assertEquals(List.of(), server.bugs);
        }
    }

    @Test
    void clientsOfTheWebUiPaint() {
        try (TestServer server = withKey(); TestServer open = new TestServer()) {
            assertTrue(clients.node("webui.js", server.address(), KEY, TestServer.MODEL, open.address()).contains("passed"));
            assertEquals(List.of(), server.bugs);
            assertEquals(List.of(), open.bugs);
        }
    }
}
