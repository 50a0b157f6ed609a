package stablediffusion.server.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Words errors as clients of an API expect them. */
public enum ErrorForm {
    /** The form of FastAPI, with which the web UI is written: {@code detail} is a text, or a list of fields. */
    DETAIL {
        @Override
        public int status(HttpFailure failure) {
            return failure.status();
        }

        @Override
        public Map<String, Object> body(HttpFailure failure) {
            if (failure.status() >= HttpFailure.INTERNAL && failure.status() != HttpFailure.UNAVAILABLE) {
                return Map.of("error", "Error", "detail", failure.getMessage(), "body", "", "errors", failure.getMessage());
            }
            Object detail = failure.field().<Object>map(field -> List.of(Map.of(
                    "loc", List.of("body", field),
                    "msg", failure.getMessage(),
                    "type", failure.code()))).orElse(failure.getMessage());
            return Map.of("detail", detail);
        }
    },

    /** The form of OpenAI: an object {@code error} with message, type, parameter and code. */
    OPENAI {
        @Override
        public int status(HttpFailure failure) {
            return failure.status() == HttpFailure.UNPROCESSABLE ? HttpFailure.BAD_REQUEST : failure.status();
        }

        @Override
        public Map<String, Object> body(HttpFailure failure) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("message", failure.getMessage());
            error.put("type", status(failure) < HttpFailure.INTERNAL ? "invalid_request_error" : "server_error");
            error.put("param", failure.field().orElse(null));
            error.put("code", Optional.of(failure.code()).filter(code -> !code.isEmpty()).orElse(null));
            return Map.of("error", error);
        }
    };

    /** Returns the status code of HTTP. */
    public abstract int status(HttpFailure failure);

    /** Returns the body, which becomes JSON. */
    public abstract Map<String, Object> body(HttpFailure failure);
}
