//! The PIN codes that the provider serves: those of the areas where something is offered.

use app::base::contact::PinCode;
use app::served_pin_codes::codec::ServedPinCodeData;

use super::cities::{City, CityTable};

/// Served PIN codes, each once.
pub(super) fn served_pin_codes() -> Vec<ServedPinCodeData> {
    CityTable::new().all().iter().flat_map(of_city).collect()
}

fn of_city(city: &City) -> Vec<ServedPinCodeData> {
    let mut served: Vec<ServedPinCodeData> = Vec::new();
    for (place, (area, pin_code)) in city.areas.iter().enumerate() {
        // What the larger area has is offered in all of its PIN code.
        if let Some(data) = served.iter_mut().find(|data| data.pin_code.as_str() == *pin_code) {
            data.area = format!("{}, {area}", data.area);
        } else if let Some((plan_types, max_speed)) = city.service(place) {
            served.push(ServedPinCodeData {
                pin_code: PinCode::from_stored((*pin_code).to_owned()),
                area: (*area).to_owned(),
                city: city.name.to_owned(),
                plan_types: plan_types.to_vec(),
                max_speed,
                notes: None,
            });
        }
    }
    served
}
