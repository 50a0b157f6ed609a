package stablediffusion.server.webui;

import stablediffusion.model.UserException;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.PictureFile;
import stablediffusion.server.http.Field;
import stablediffusion.server.http.Fields;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.painting.SentPicture;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells how a picture was made that a client sends. */
final class PngInfo {
    private static final String IMAGE = "image";

    static final List<Field> FIELDS = List.of(Field.text(IMAGE, "a PNG or JPEG, in Base64"));

    private PngInfo() {}

    static Map<String, Object> of(Fields fields) {
        byte[] content = SentPicture.content(IMAGE, fields.text(IMAGE).orElse(""));
        Optional<String> text = text(content);
        Map<String, Object> parameters = new LinkedHashMap<>();
        text.map(Parameters::parse).ifPresent(parsed -> {
            parameters.put("Prompt", parsed.prompt());
            parameters.put("Negative prompt", parsed.negativePrompt());
            parameters.putAll(parsed.settings());
        });
        return Map.of(
                "info", text.orElse(""),
                "items", text.<Map<String, String>>map(value -> Map.of("parameters", value)).orElse(Map.of()),
                "parameters", parameters);
    }

    private static Optional<String> text(byte[] content) {
        try {
            PictureFile.readSize(content, "the picture");
            return PictureFile.readParameters(content, "the picture");
        } catch (UserException wrong) {
            throw HttpFailure.ofField(IMAGE, wrong.getMessage(), "value_error");
        }
    }
}
