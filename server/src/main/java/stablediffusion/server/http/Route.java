package stablediffusion.server.http;

import java.util.List;

/**
 * Describes a route: how it is reached, answered and documented.
 *
 * @param method of HTTP
 * @param path may have parameters: {@code /v1/models/{model}}
 * @param summary one line for people
 * @param body fields of the request's body; empty: it has none
 * @param bodyType content type of the request's body
 * @param answer describes the answer for people
 * @param answerType content type of the answer
 * @param open whether it is answered without a key
 */
public record Route(
        String method,
        String path,
        String summary,
        List<Field> body,
        String bodyType,
        String answer,
        String answerType,
        boolean open,
        ErrorForm errors,
        Handler handler) {
    public static final String JSON = "application/json";
    public static final String FORM = "multipart/form-data";
    public static final String EVENTS = "text/event-stream";

    public Route {
        body = List.copyOf(body);
    }

    /** Describes a route that is read and answers JSON. */
    public static Route get(String path, ErrorForm errors, String summary, Handler handler) {
        return new Route("GET", path, summary, List.of(), "", "The answer", JSON, false, errors, handler);
    }

    /** Describes a route that takes and answers JSON. */
    public static Route post(String path, ErrorForm errors, String summary, List<Field> body, Handler handler) {
        return new Route("POST", path, summary, body, JSON, "The answer", JSON, false, errors, handler);
    }

    /** Returns the same route, answered without a key. */
    public Route withoutKey() {
        return new Route(method, path, summary, body, bodyType, answer, answerType, true, errors, handler);
    }

    /** Returns the same route, which takes a form with files. */
    public Route takingForm() {
        return new Route(method, path, summary, body, FORM, answer, answerType, open, errors, handler);
    }

    /** Returns the same route with another answer. */
    public Route answering(String description, String type) {
        return new Route(method, path, summary, body, bodyType, description, type, open, errors, handler);
    }
}
