package stablediffusion.server.http;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AccessRulesTest {
    private static final AccessRules RULES =
            new AccessRules(Optional.of("secret"), Set.of("painter.example"), Set.of("https://site.example"));

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:7860", "LOCALHOST:1", "a.localhost", "127.0.0.1:7860", "192.168.1.5", "[::1]:7860",
        "painter.example:80", "Painter.Example"})
    void answersToItsOwnHosts(String host) {
        assertTrue(RULES.isOurHost(host));
    }

    /** A foreign name that resolves to this machine's address (DNS rebinding). */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "painter.example.evil",
                "evil@localhost", "[evil]"})
    void answersToNoOtherHost(String host) {
        assertFalse(RULES.isOurHost(host));
    }

    @Test
    void pagesOfThisServerAndNamedSitesMayAsk() {
        assertTrue(RULES.isAllowedOrigin("http://localhost:7860", "localhost:7860"));
        assertTrue(RULES.isAllowedOrigin("https://site.example", "localhost:7860"));
        assertFalse(RULES.isAllowedOrigin("http://site.example", "localhost:7860"));
        assertFalse(RULES.isAllowedOrigin("http://localhost:9999", "localhost:7860"));
        assertFalse(RULES.isAllowedOrigin("null", "localhost:7860"));
        assertFalse(RULES.isAllowedOrigin("http://localhost:7860.evil.example", "localhost:7860"));
    }

    @Test
    void theKeyIsABearerOrAPassword() {
        assertTrue(RULES.isAuthorized(Optional.of("Bearer secret")));
        assertTrue(RULES.isAuthorized(Optional.of("bearer  secret ")));
        assertTrue(RULES.isAuthorized(Optional.of("Basic " + base64("anyone:secret"))));
        assertFalse(RULES.isAuthorized(Optional.empty()));
        assertFalse(RULES.isAuthorized(Optional.of("secret")));
        assertFalse(RULES.isAuthorized(Optional.of("Bearer Secret")));
        assertFalse(RULES.isAuthorized(Optional.of("Bearer secret2")));
        assertFalse(RULES.isAuthorized(Optional.of("Bearer ")));
        assertFalse(RULES.isAuthorized(Optional.of("Basic " + base64("secret:anyone"))));
        assertFalse(RULES.isAuthorized(Optional.of("Basic %%%")));
        assertTrue(AccessRules.LOCAL.isAuthorized(Optional.empty()));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
