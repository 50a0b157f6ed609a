package stablediffusion.model.image;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

class ParametersTest {
    @Test
    void whatTheWebUiWrites() {
        Parameters parameters = Parameters
                .parse("""
                a cat,
                on a mat
                Negative prompt: blurry, ugly
                Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 3416309341, Size: 512x768, Model hash: cc6cb27103, Note: "a, \\"b\\": c\\n", Version: v1.6.0""");
        assertEquals("a cat,\non a mat", parameters.prompt());
        assertEquals("blurry, ugly", parameters.negativePrompt());
        assertEquals("DPM++ 2M Karras", parameters.settings().get("Sampler"));
        assertEquals("512x768", parameters.settings().get("Size"));
        assertEquals("a, \"b\": c\n", parameters.settings().get("Note"));
        assertEquals("v1.6.0", parameters.settings().get("Version"));
        assertEquals(8, parameters.settings().size());
    }

    @Test
    void writtenParametersReadBack() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("Steps", "50");
        settings.put("Sampler", "DPM++ 2M");
        settings.put("Seed", "-1");
        settings.put("Loras", "a: 0.5, b\\n: \"1\"");
        Parameters parameters = new Parameters("a red circle: on blue", "text", settings);
        assertEquals(parameters, Parameters.parse(parameters.format()));
    }

    @Test
    void aTextWithoutSettingsIsAllPrompt() {
        assertEquals(new Parameters("a cat, on: a mat", "", Map.of()), Parameters.parse("a cat, on: a mat"));
    }
}
